// Turns the bytes of a connection into requests. Beast does the grammar; what proxies and servers
// could read in two ways is refused here.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "net/http.hpp"
#include "net/refusal.hpp"

namespace muster::net {

class RequestParser {
public:
    enum class Stage { head, body, complete, refused };

    RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Gets ready for the next request; keeps the memory of the last one.
    void reset();

    /// Returns how many bytes of `input` are used up; the rest must be offered again, with more
    /// behind it. Never leaves more than `header_bytes_max` bytes waiting without a refusal.
    std::size_t feed(std::string_view input);

    Stage stage() const;
    Refusal refusal() const;  ///< once refused

    /// Method, target and headers from Stage::body on, the body when complete. The views are good
    /// until reset().
    Request& request();
    bool keeps_alive() const;      ///< once complete
    bool awaits_continue() const;  ///< from Stage::body on: Expect: 100-continue
    bool is_http_1_0() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace muster::net
