// Decodes to judge, and encodes anew to send: what was judged is what is sent.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/forward.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "net/client.hpp"
#include "networks/control_api.hpp"
#include "networks/netbird/netbird.hpp"

namespace muster::networks {

namespace {

using core::Code;

constexpr std::string_view prefix = "/api/";
/// In a query as they are (RFC 3986 section 3.4); '%' only before two hex digits.
constexpr std::string_view query_characters = "-._~!$&'()*+,;=:@/?";

std::unexpected<core::Error> refuse() {
    return core::fail(Code::invalid_type, "path", "a path below /api/, such as /api/peers");
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The byte that an escape at the text's beginning stands for.
std::optional<char> escaped_byte(std::string_view text) {
    if (text.size() < 3) return std::nullopt;
    const auto bytes = base::parse_hex(text.substr(1, 2));
    return bytes ? std::optional(static_cast<char>(bytes->front())) : std::nullopt;
}

std::optional<std::string> decode_segment(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const auto byte = escaped_byte(text.substr(i));
            if (!byte || *byte == '/' || *byte == '%') return std::nullopt;
            c = *byte;
            i += 2;
        }
        if (c == '\\' || c == '#' || is_control(c)) return std::nullopt;
        decoded += c;
    }
    const bool is_name = decoded != "." && decoded != ".." && base::is_valid_utf8(decoded);
    return is_name ? std::optional(std::move(decoded)) : std::nullopt;
}

core::Result<std::string> parse_path(std::string_view text) {
    if (!text.starts_with(prefix) || text.size() == prefix.size()) return refuse();
    std::string path = "/api";
    text.remove_prefix(prefix.size() - 1);
    while (!text.empty()) {
        text.remove_prefix(1);
        const std::string_view segment = text.substr(0, text.find('/'));
        text.remove_prefix(segment.size());
        const bool is_trailing_slash = segment.empty() && text.empty() && path != "/api";
        const auto decoded = decode_segment(segment);
        if (!decoded || (decoded->empty() && !is_trailing_slash)) return refuse();
        path += '/' + percent_encode(*decoded);
    }
    return path;
}

/// Escapes stay, so that what a client has encoded arrives so.
core::Result<std::string> parse_query(std::string_view text) {
    std::string query;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            const auto byte = escaped_byte(text.substr(i));
            if (!byte || is_control(*byte)) return refuse();
            query += text.substr(i, 3);
            i += 2;
        } else if (is_alphanumeric(c) || query_characters.contains(c)) {
            query += c;
        } else if (is_control(c) || c == '#' || c == '\\') {
            return refuse();
        } else {
            query += percent_encode(std::string_view(&c, 1));
        }
    }
    return query;
}

std::string url_of(const ConnectionSettings& settings, const NetBirdTarget& target) {
    const std::string& base =
        settings.base_url.empty() ? NetBirdOptions{}.api.base_url : settings.base_url;
    return base + target.path + (target.query.empty() ? "" : "?" + target.query);
}

core::Error error_of(const net::ClientError& error) {
    core::Error refusal{Code::network_unreachable};
    if (error.fault == net::ClientFault::timeout) refusal.code = Code::network_timeout;
    if (error.fault == net::ClientFault::too_large) refusal.code = Code::network_answer_invalid;
    refusal.detail = error.message;
    return refusal;
}

void log_failure(const NetBirdCall& call, const core::Error& error) {
    base::log(base::LogLevel::warning, "network_call_failed",
              {{"network", "netbird"},
               {"method", call.method},
               {"path", call.target.path},
               {"error", core::word_of(error.code)},
               {"reason", error.detail}});
}

net::ClientRequest request_of(const ConnectionSettings& settings, const NetBirdCall& call,
                              Deadline deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    net::ClientRequest request;
    request.method = call.method;
    request.url = url_of(settings, call.target);
    request.headers.push_back({"Authorization", "Token " + settings.credential.reveal()});
    request.headers.push_back({"Accept", "application/json"});
    if (!call.body.empty() && !call.content_type.empty()) {
        request.headers.push_back({"Content-Type", call.content_type});
    }
    request.body = call.body;
    request.timeout = std::max(left, std::chrono::milliseconds(1));
    request.body_bytes_max = netbird_answer_bytes_max;
    request.ca_file = settings.ca_file;
    request.proxy_url = settings.proxy_url;
    return request;
}

}  // namespace

core::Result<NetBirdTarget> parse_netbird_target(std::string_view text,
                                                 const NetBirdParameters& more) {
    const auto question = text.find('?');
    auto path = parse_path(text.substr(0, question));
    if (!path) return std::unexpected(path.error());
    NetBirdTarget target{std::move(*path), {}};
    if (question != std::string_view::npos) {
        auto query = parse_query(text.substr(question + 1));
        if (!query) return std::unexpected(query.error());
        target.query = std::move(*query);
    }
    for (const auto& [name, value] : more) {
        if (std::ranges::any_of(name, is_control) || std::ranges::any_of(value, is_control)) {
            return refuse();
        }
        if (!target.query.empty()) target.query += '&';
        target.query += percent_encode(name) + '=' + percent_encode(value);
    }
    if (target.path.size() + target.query.size() > netbird_target_bytes_max) return refuse();
    return target;
}

boost::asio::awaitable<core::Result<NetBirdAnswer>> forward_to_netbird(ConnectionSettings settings,
                                                                       NetBirdCall call,
                                                                       Deadline deadline) {
    net::ClientRequest request = request_of(settings, call, deadline);
    auto response = co_await net::send(std::move(request));
    if (!response) {
        core::Error error = error_of(response.error());
        log_failure(call, error);
        co_return std::unexpected(std::move(error));
    }
    NetBirdAnswer answer;
    answer.status = response->status;
    answer.content_type = response->header("Content-Type");
    answer.retry_after = response->header("Retry-After");
    answer.body = std::move(response->body);
    co_return answer;
}

}  // namespace muster::networks
