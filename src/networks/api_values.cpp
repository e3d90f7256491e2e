// What is read from control planes' answers, and written into calls.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "networks/control_api.hpp"

namespace muster::networks {
namespace {

namespace json = boost::json;
using core::Code;
using std::chrono::seconds;

constexpr std::size_t json_depth_max = 32;
constexpr std::size_t message_bytes_max = 200;

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// application/json and what is built on it, like application/problem+json.
bool is_json(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    std::ranges::transform(type, type.begin(), to_lower);
    while (type.ends_with(' ')) type.pop_back();
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

const json::value* member(const json::value& object, std::string_view name) {
    const json::object* members = object.if_object();
    return members != nullptr ? members->if_contains(name) : nullptr;
}

/// Words that begin like the credentials of the networks' APIs.
bool looks_secret(std::string_view word) {
    static constexpr std::array<std::string_view, 3> prefixes{"tskey-", "hskey-", "nbp_"};
    return std::ranges::any_of(prefixes, [&](auto prefix) { return word.contains(prefix); });
}

/// One line, without control characters and without what looks like a credential.
std::string tidy(std::string_view text) {
    std::string line;
    while (!text.empty() && line.size() < message_bytes_max) {
        const auto is_break = [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
        };
        const std::size_t end =
            static_cast<std::size_t>(std::ranges::find_if(text, is_break) - text.begin());
        const std::string_view word = text.substr(0, end);
        if (!word.empty() && !line.empty()) line += ' ';
        line += looks_secret(word) ? "[...]" : word;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (line.size() > message_bytes_max) line.resize(message_bytes_max);
    while (!base::is_valid_utf8(line)) line.pop_back();
    return line;
}

/// The message of an error answer: a member of its JSON, or its plain text.
std::string upstream_message(const ApiAnswer& answer) {
    if (const auto body = json_of(answer)) {
        for (const auto* name : {"message", "detail", "error_description", "error", "title"}) {
            std::string text = text_member(*body, name);
            if (!text.empty()) return text;
        }
        return {};
    }
    return answer.content_type.starts_with("text/plain") ? answer.body : std::string();
}

std::optional<int> parse_number(std::string_view text) {
    int number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end || number < 0) return std::nullopt;
    return number;
}

/// RFC 9110 section 5.6.7, the one form that may be sent: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT") || text[19] != ':' || text[22] != ':') {
        return std::nullopt;
    }
    const auto day = parse_number(text.substr(5, 2));
    const std::size_t month = months.find(text.substr(8, 3));
    const auto year = parse_number(text.substr(12, 4));
    const auto hour = parse_number(text.substr(17, 2));
    const auto minute = parse_number(text.substr(20, 2));
    const auto second = parse_number(text.substr(23, 2));
    if (!day || !year || !hour || !minute || !second) return std::nullopt;
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           seconds(*second);
}

}  // namespace

core::Result<json::value> json_of(const ApiAnswer& answer) {
    if (!is_json(answer.content_type)) {
        return core::fail_with_detail(Code::network_answer_invalid,
                                      fmt::format("{}: the answer is not JSON but '{}'",
                                                  answer.status, tidy(answer.content_type)));
    }
    json::parse_options options;
    options.max_depth = json_depth_max;
    boost::system::error_code error;
    json::value value = json::parse(
        answer.body, error, json::make_shared_resource<json::monotonic_resource>(), options);
    if (error) {
        return core::fail_with_detail(
            Code::network_answer_invalid,
            fmt::format("{}: {} bytes that are no JSON: {}", answer.status, answer.body.size(),
                        error.message()));
    }
    return value;
}

core::Error refusal_of(const ApiAnswer& answer) {
    const bool is_refused = (answer.status >= 400 && answer.status < 500) || answer.status == 501;
    core::Error error{is_refused ? Code::network_refused : Code::network_answer_invalid};
    error.detail = fmt::format("{}: {}", answer.status, tidy(upstream_message(answer)));
    if (!answer.request_id.empty()) {
        error.detail += fmt::format(" (request {})", tidy(answer.request_id));
    }
    return error;
}

std::optional<seconds> parse_retry_after(std::string_view text, std::string_view date) {
    if (const auto number = parse_number(text)) return seconds(*number);
    const auto at = parse_http_date(text);
    if (!at) return std::nullopt;
    const auto sent = parse_http_date(date);
    const auto now = std::chrono::floor<seconds>(std::chrono::system_clock::now());
    return std::max(*at - sent.value_or(now), seconds(0));
}

std::string text_member(const json::value& object, std::string_view name) {
    const json::value* value = member(object, name);
    const json::string* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string(*text) : std::string();
}

bool bool_member(const json::value& object, std::string_view name) {
    const json::value* value = member(object, name);
    const bool* flag = value != nullptr ? value->if_bool() : nullptr;
    return flag != nullptr && *flag;
}

std::vector<std::string> texts_member(const json::value& object, std::string_view name) {
    std::vector<std::string> texts;
    const json::value* value = member(object, name);
    const json::array* items = value != nullptr ? value->if_array() : nullptr;
    if (items == nullptr) return texts;
    for (const json::value& item : *items) {
        if (const json::string* text = item.if_string()) texts.emplace_back(*text);
    }
    return texts;
}

std::optional<core::Timestamp> time_member(const json::value& object, std::string_view name) {
    const auto at = core::parse_timestamp(text_member(object, name));
    return at && *at > core::Timestamp() ? at : std::nullopt;
}

std::string id_member(const json::value& object, std::string_view name) {
    const json::value* value = member(object, name);
    if (value == nullptr) return {};
    if (const std::int64_t* number = value->if_int64()) return std::to_string(*number);
    if (const std::uint64_t* number = value->if_uint64()) return std::to_string(*number);
    return text_member(object, name);
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool is_unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                   (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
                                   c == '~';
        if (is_unreserved) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

}  // namespace muster::networks
