// Puts an answer into one string that is sent by one write.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace muster::net {

/// What the connection adds to the handler's answer.
struct AnswerFrame {
    std::string_view request_id;
    std::string_view date;
    bool is_head = false;      ///< the request's method: no body, but its length
    bool is_http_1_0 = false;  ///< such a client must be told that the connection stays open
    bool closes = false;
};

/// Replaces `out`. Headers that would break the message, or that are the server's own business
/// (Content-Length, Connection, ...), are left out and logged.
void write_answer(std::string& out, const Response& response, const AnswerFrame& frame);

/// The Date field's text, made once a second.
class DateText {
public:
    std::string_view at(std::time_t now);

private:
    std::time_t m_second = -1;
    std::string m_text;
};

}  // namespace muster::net
