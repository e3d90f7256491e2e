// Refusals become answers.
// SPDX-License-Identifier: Apache-2.0
#include "api/errors.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace muster::api {

namespace {

namespace json = boost::json;
using core::Code;
using core::Errc;

void add_headers(net::Response& response, const core::Error& error) {
    if (error.code == Code::method_not_allowed) {
        response.headers.push_back({"Allow", error.allowed});
    }
    // Busy has no known end: a second is long enough for a queue to drain.
    const bool busy = core::kind_of(error.code) == Errc::unavailable;
    const auto wait = std::max(error.retry_after, std::chrono::seconds(busy ? 1 : 0));
    if (wait.count() <= 0) return;
    response.headers.push_back({"Retry-After", std::to_string(wait.count())});
}

/// GoTrue answers some refusals with other codes than the rest of the server.
unsigned auth_status_of(Code code) {
    switch (code) {
        case Code::weak_password: return 422;
        case Code::email_exists: return 422;
        case Code::invalid_authentication: return 403;
        case Code::missing_subject: return 403;
        case Code::subject_not_uuid: return 400;
        default: return status_of(core::kind_of(code));
    }
}

std::string_view auth_word_of(Code code) {
    switch (code) {
        case Code::authorization_required: return "no_authorization";
        case Code::invalid_authentication:
        case Code::missing_subject:
        case Code::subject_not_uuid: return "bad_jwt";
        case Code::rate_limited: return "over_request_rate_limit";
        case Code::invalid_json: return "bad_json";
        case Code::missing_field:
        case Code::invalid_type:
        case Code::invalid_length:
        case Code::invalid_value:
        case Code::invalid_characters:
        case Code::invalid_utf8: return "validation_failed";
        case Code::body_too_large: return "request_entity_too_large";
        case Code::internal: return "unexpected_failure";
        default: return core::word_of(code);
    }
}

std::string auth_message_of(const core::Error& error) {
    switch (error.code) {
        case Code::authorization_required: return "This endpoint requires a valid Bearer token";
        case Code::invalid_authentication:
            return "invalid JWT: unable to parse or verify signature" +
                   (error.allowed.empty() ? std::string() : ", " + error.allowed);
        case Code::missing_subject: return "invalid claim: missing sub claim";
        case Code::subject_not_uuid: return "invalid claim: sub claim must be a UUID";
        case Code::rate_limited: return "Request rate limit reached";
        case Code::invalid_json: return "Could not parse request body as JSON: " + error.allowed;
        case Code::body_too_large:
            return "Request body too large (max " + error.allowed + " bytes)";
        case Code::internal:
            return "Unexpected failure, please check server logs for more information";
        case Code::user_not_found: return "User not found";
        default: return core::message_of(error, core::Language::english);
    }
}

/// The version since which a refusal's code is its word.
constexpr std::string_view named_codes_api_version = "2024-01-01";

/// That version or a later one; what is no date is an old client.
bool wants_named_codes(std::string_view version) {
    if (version.size() != 10 || version[4] != '-' || version[7] != '-') return false;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    const auto read = [&](std::size_t at, std::size_t length, auto& number) {
        const char* const end = version.data() + at + length;
        const auto [stop, error] = std::from_chars(version.data() + at, end, number);
        return error == std::errc{} && stop == end;
    };
    if (!read(0, 4, year) || !read(5, 2, month) || !read(8, 2, day)) return false;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    return date.ok() && version >= named_codes_api_version;
}

/// One entry of Accept-Language: its tag and its weight, in thousandths (RFC 9110 section 12.5.4).
std::pair<std::string_view, int> parse_range(std::string_view entry) {
    while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
    const auto semicolon = entry.find(';');
    int weight = 1000;
    if (const auto q = entry.find("q=");
        semicolon != std::string_view::npos && q > semicolon && q != std::string_view::npos) {
        double value = 1;
        std::from_chars(entry.data() + q + 2, entry.data() + entry.size(), value);
        if (value >= 0 && value <= 1) weight = static_cast<int>(value * 1000);
    }
    return {entry.substr(0, semicolon), weight};
}

bool is_language(std::string_view tag, std::string_view language) {
    if (tag.size() < 2 || (tag.size() > 2 && tag[2] != '-' && tag[2] != ' ')) return false;
    return (tag[0] | 0x20) == language[0] && (tag[1] | 0x20) == language[1];
}

}  // namespace

unsigned status_of(Errc kind) {
    switch (kind) {  // no default: the compiler names a kind without a status
        case Errc::invalid_argument: return 400;
        case Errc::unauthenticated: return 401;
        case Errc::permission_denied: return 403;
        case Errc::not_found: return 404;
        case Errc::method_not_allowed: return 405;
        case Errc::conflict: return 409;
        case Errc::too_large: return 413;
        case Errc::unprocessable: return 422;
        case Errc::rate_limited: return 429;
        case Errc::unavailable: return 503;
        case Errc::upstream_failed: return 502;
        case Errc::upstream_timeout: return 504;
        case Errc::internal: return 500;
    }
    std::unreachable();
}

net::Response function_error(const core::Error& error, core::Language language) {
    net::Response response;
    response.status = status_of(core::kind_of(error.code));
    response.body = json::serialize(json::object{{"error", core::message_of(error, language)},
                                                 {"code", core::word_of(error.code)}});
    response.detail = error.detail;
    add_headers(response, error);
    return response;
}

AuthRefusal auth_refusal(const core::Error& error) {
    return {auth_status_of(error.code), auth_word_of(error.code), auth_message_of(error)};
}

net::Response auth_error(const core::Error& error, const net::Request& request) {
    const AuthRefusal refusal = auth_refusal(error);
    net::Response response;
    response.status = refusal.status;
    json::object body;
    if (wants_named_codes(request.header("X-Supabase-Api-Version"))) {
        body = {{"code", refusal.word}, {"message", refusal.message}};
        response.headers.push_back(
            {"X-Supabase-Api-Version", std::string(named_codes_api_version)});
    } else {
        body = {{"code", refusal.status}, {"error_code", refusal.word}, {"msg", refusal.message}};
    }
    if (error.code == Code::weak_password) {
        body["weak_password"] = json::object{{"reasons", json::array{"length"}}};
    }
    response.body = json::serialize(body);
    response.headers.push_back({"x-sb-error-code", std::string(refusal.word)});
    response.detail = error.detail;
    add_headers(response, error);
    return response;
}

net::Response gateway_error(const core::Error& error) {
    const bool missing = error.code == Code::api_key_missing;
    net::Response response;
    response.status = status_of(core::kind_of(error.code));
    response.body = json::serialize(json::object{
        {"message", core::message_of(error, core::Language::english)},
        {"hint", missing ? "No `apikey` request header or url param was found."
                         : "Double check your Supabase `anon` or `service_role` API key."}});
    return response;
}

bool is_gateway_error(const core::Error& error) {
    return error.code == Code::api_key_missing || error.code == Code::api_key_unknown;
}

core::Language language_of(const net::Request& request) {
    std::string_view rest = request.header("Accept-Language");
    int spanish = 0;
    int english = 0;
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const auto [tag, weight] = parse_range(rest.substr(0, comma));
        if (is_language(tag, "es")) spanish = std::max(spanish, weight);
        if (is_language(tag, "en")) english = std::max(english, weight);
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return spanish > english ? core::Language::spanish : core::Language::english;
}

}  // namespace muster::api
