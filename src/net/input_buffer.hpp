// The bytes that a connection has read and not yet used: one block that is used again and again.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace muster::net {

class InputBuffer {
public:
    explicit InputBuffer(std::size_t bytes_max) : m_bytes_max(bytes_max) {}

    std::string_view unused() const { return {m_bytes.data() + m_begin, m_end - m_begin}; }

    /// Room for the next read; empty only if `bytes_max` unused bytes are waiting.
    std::span<char> prepare() {
        if (m_begin != 0) {
            std::memmove(m_bytes.data(), m_bytes.data() + m_begin, m_end - m_begin);
            m_end -= m_begin;
            m_begin = 0;
        }
        if (m_is_too_small || m_end == m_bytes.size()) {
            m_bytes.resize(std::min(m_bytes_max, std::max<std::size_t>(2048, m_bytes.size() * 2)));
        }
        return std::span(m_bytes).subspan(m_end);
    }
    void commit(std::size_t count) {
        m_end += count;
        m_is_too_small = m_end == m_bytes.size();
    }

    void consume(std::size_t count) {
        m_begin += count;
        if (m_begin == m_end) m_begin = m_end = 0;
    }

private:
    std::size_t m_bytes_max;
    std::vector<char> m_bytes;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    bool m_is_too_small = false;  ///< the last read filled it
};

}  // namespace muster::net
