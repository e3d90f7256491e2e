// One pass over the text: a member is written, and taken back when its value turns out to be null.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_strip.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace muster::store {

namespace {

/// The length of the string that begins with `text`, with its quotes.
std::size_t string_length(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            return i + 1;
    }
    return text.size();
}

/// An object or array that is open.
struct Frame {
    bool is_object = false;
    bool is_empty = true;          ///< nothing of it was kept so far
    bool awaits_value = false;     ///< of an object: a key and its colon were written
    std::size_t member_start = 0;  ///< where the comma before the member is, or its key
};

class Stripper {
public:
    explicit Stripper(std::string& out) : m_out(out) {}

    void read(std::string_view text) {
        while (!text.empty()) text.remove_prefix(take(text));
    }

private:
    std::size_t take(std::string_view text) {
        const char c = text.front();
        if (c == '"') {
            const std::size_t length = string_length(text);
            begin_item();
            m_out += text.substr(0, length);
            end_scalar();
            return length;
        }
        if (c == '{' || c == '[') {
            begin_item();
            m_out += c;
            m_frames.push_back({.is_object = c == '{'});
            return 1;
        }
        if (c == '}' || c == ']') {
            m_out += c;
            if (!m_frames.empty()) m_frames.pop_back();
            end_value();
            return 1;
        }
        // A comma is written with the item behind it, if that is kept.
        if (c == ',' || std::string_view(" \t\r\n").contains(c)) return 1;
        if (c == ':') {
            m_out += c;
            if (!m_frames.empty()) m_frames.back().awaits_value = true;
            return 1;
        }
        return take_word(text);
    }

    /// null, true, false or a number.
    std::size_t take_word(std::string_view text) {
        const std::size_t length = std::min(text.find_first_of(",:{}[]\" \t\r\n"), text.size());
        const bool is_member = !m_frames.empty() && m_frames.back().awaits_value;
        if (is_member && text.substr(0, length) == "null") {
            m_out.resize(m_frames.back().member_start);
            m_frames.back().awaits_value = false;
            return length;
        }
        begin_item();
        m_out += text.substr(0, length);
        end_value();
        return length;
    }

    void begin_item() {
        if (m_frames.empty() || m_frames.back().awaits_value) return;
        Frame& frame = m_frames.back();
        frame.member_start = m_out.size();
        if (!frame.is_empty) m_out += ',';
        if (!frame.is_object) frame.is_empty = false;
    }

    /// A string is a key or a value.
    void end_scalar() {
        if (!m_frames.empty() && m_frames.back().awaits_value) end_value();
    }

    void end_value() {
        if (m_frames.empty()) return;
        m_frames.back().awaits_value = false;
        m_frames.back().is_empty = false;
    }

    std::string& m_out;
    std::vector<Frame> m_frames;
};

}  // namespace

void append_json_without_nulls(std::string& out, std::string_view json) {
    Stripper(out).read(json);
}

}  // namespace muster::store
