// Status line, headers and body.
// SPDX-License-Identifier: Apache-2.0
#include "net/response_writer.hpp"

#include <array>
#include <charconv>

#include <boost/beast/http/status.hpp>

#include "base/log.hpp"
#include "net/header_text.hpp"

namespace muster::net {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view own_fields[] = {
    "Connection", "Content-Length",    "Content-Type", "Date",
    "Keep-Alive", "Transfer-Encoding", "Server",       "X-Request-Id",
};

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

bool is_own_field(std::string_view name) {
    return std::ranges::any_of(
        own_fields, [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

void append_headers(std::string& out, const Response& response, std::string_view request_id) {
    for (const Header& header : response.headers) {
        const bool is_sound = is_token(header.name) && is_field_value(header.value);
        if (is_sound && !is_own_field(header.name)) {
            append_field(out, header.name, header.value);
            continue;
        }
        base::log(base::LogLevel::warning, "response_header_dropped",
                  {{"request_id", request_id},
                   {"route", response.route},
                   {"header", is_token(header.name) ? header.name : "(not a name)"}});
    }
}

}  // namespace

void write_answer(std::string& out, const Response& response, const AnswerFrame& frame) {
    const bool is_status = response.status >= 200 && response.status <= 599;
    const unsigned status = is_status ? response.status : 500;
    const bool has_body = status != 204 && status != 304;
    const auto reason = http::obsolete_reason(http::int_to_status(status));
    out.assign("HTTP/1.1 ");
    append_number(out, status);
    out.append(" ").append(reason.data(), reason.size()).append("\r\n");
    append_field(out, "Server", "muster");
    append_field(out, "Date", frame.date);
    append_field(out, "X-Request-Id", frame.request_id);
    if (has_body) {
        std::string_view content_type = response.content_type;
        if (!is_field_value(content_type)) content_type = "application/octet-stream";
        if (!content_type.empty()) append_field(out, "Content-Type", content_type);
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    if (frame.closes) {
        append_field(out, "Connection", "close");
    } else if (frame.is_http_1_0) {
        append_field(out, "Connection", "keep-alive");
    }
    append_headers(out, response, frame.request_id);
    out.append("\r\n");
    if (has_body && !frame.is_head) out.append(response.body);
}

std::string_view DateText::at(std::time_t now) {
    if (now != m_second) {
        m_second = now;
        std::tm parts{};
        gmtime_r(&now, &parts);
        std::array<char, 32> text{};
        // The program never sets a locale, so the names are English, as RFC 9110 wants them.
        const auto size =
            std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        m_text.assign(text.data(), size);
    }
    return m_text;
}

}  // namespace muster::net
