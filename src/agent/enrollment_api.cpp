// Encodes, sends, and sorts answers into what can be repeated and what cannot.
// SPDX-License-Identifier: Apache-2.0
#include "agent/enrollment_api.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <boost/json.hpp>

#include "agent/json_fields.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;

constexpr std::size_t answer_bytes_max = 256 * 1024;
constexpr std::chrono::seconds retry_after_max{60};

CallFailure to_failure(const net::ClientError& error) {
    CallFailure failure{CallFailure::Kind::lost, error.message, {}};
    if (error.fault == net::ClientFault::tls) failure.kind = CallFailure::Kind::hopeless;
    if (error.fault == net::ClientFault::bad_url) failure.kind = CallFailure::Kind::bad_url;
    return failure;
}

std::chrono::seconds retry_after(const net::ClientResponse& response) {
    const std::string_view text = response.header("Retry-After");
    long long seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(0), retry_after_max);
}

/// RFC 9110, section 5.6.7, the one form that is still sent.
std::optional<core::Timestamp> parse_date(std::string_view text) {
    const std::string whole(text);
    std::tm parts{};
    const char* end = ::strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return core::from_unix_seconds(::timegm(&parts));
}

CallFailure to_failure(const net::ClientResponse& response, const json::object& answer) {
    CallFailure failure{CallFailure::Kind::refused, text_of(answer, "error"),
                        text_of(answer, "code")};
    if (failure.message.empty())
        failure.message = "the server answered with status " + std::to_string(response.status);
    if (response.status == 429 || (response.status >= 502 && response.status <= 504)) {
        failure.kind = CallFailure::Kind::busy;
        failure.retry_after = retry_after(response);
    }
    return failure;
}

}  // namespace

std::expected<CallAnswer, CallFailure> call_enrollment(const ServerAddress& server,
                                                       const json::object& fields) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = server.url + "/functions/v1/device-enrollment";
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    if (!server.accept_language.empty())
        request.headers.push_back({"Accept-Language", server.accept_language});
    request.body = json::serialize(fields);
    request.timeout = server.request_timeout;
    request.body_bytes_max = answer_bytes_max;
    request.ca_file = server.ca_file;

    const auto response = net::send_now(request);
    if (!response) return std::unexpected(to_failure(response.error()));
    boost::system::error_code bad_json;
    json::value answer = json::parse(response->body, bad_json);
    const bool is_object = !bad_json && answer.is_object();
    if (response->status != 200)
        return std::unexpected(
            to_failure(*response, is_object ? answer.get_object() : json::object{}));
    if (!is_object)
        return std::unexpected(CallFailure{
            CallFailure::Kind::hopeless, server.url + " answered, but not as Muster does", {}});
    return CallAnswer{std::move(answer.get_object()), parse_date(response->header("Date"))};
}

}  // namespace muster::agent
