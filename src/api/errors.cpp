// Refusals become answers.
// SPDX-License-Identifier: Apache-2.0
#include "api/errors.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

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
        case Code::aal2_needed_to_unenroll: return 422;
        case Code::mfa_verification_failed: return 422;
        case Code::mfa_challenge_expired: return 422;
        case Code::mfa_factor_name_conflict: return 422;
        case Code::too_many_mfa_factors: return 422;
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
        case Code::body_too_large:
            return "Request body too large (max " + error.allowed + " bytes)";
        case Code::internal:
            return "Unexpected failure, please check server logs for more information";
        case Code::user_not_found: return "User not found";
        default: return core::message_of(error, core::Language::english);
    }
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
        case Errc::rate_limited: return 429;
        case Errc::unavailable: return 503;
        case Errc::upstream_failed: return 502;
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

net::Response auth_error(const core::Error& error, const net::Request& request) {
    net::Response response;
    response.status = auth_status_of(error.code);
    const std::string_view word = auth_word_of(error.code);
    const std::string message = auth_message_of(error);
    if (request.header("X-Supabase-Api-Version") >= "2024-01-01") {
        response.body = json::serialize(json::object{{"code", word}, {"message", message}});
        response.headers.push_back({"X-Supabase-Api-Version", "2024-01-01"});
    } else {
        response.body = json::serialize(
            json::object{{"code", response.status}, {"error_code", word}, {"msg", message}});
    }
    response.headers.push_back({"x-sb-error-code", std::string(word)});
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
