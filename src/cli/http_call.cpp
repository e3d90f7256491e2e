// Encodes the call, and turns every way to fail into one sentence.
// SPDX-License-Identifier: Apache-2.0
#include "cli/http_call.hpp"

#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "cli/json_fields.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

std::string url_of(const HttpCall& call) {
    std::string url = call.url + call.path;
    char separator = call.path.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, value] : call.query) {
        if (value.empty()) continue;
        url += separator + name + "=" + base::encode_form(value);
        separator = '&';
    }
    return url;
}

net::ClientRequest to_request(const Context& context, const HttpCall& call) {
    net::ClientRequest request;
    request.method = call.method;
    request.url = url_of(call);
    request.headers = call.credentials;
    request.headers.push_back({"Accept", "application/json"});
    request.headers.push_back({"Accept-Language", accept_language(context.terminal)});
    if (call.body || call.text) {
        request.headers.push_back({"Content-Type", "application/json"});
        request.body = call.text ? *call.text : json::serialize(*call.body);
    }
    request.timeout = call.timeout;
    request.ca_file = ca_file(context);
    return request;
}

Failure to_failure(const net::ClientError& error, const std::string& url) {
    if (error.fault == net::ClientFault::bad_url) return {exit_usage, error.message, {}, {}};
    return {exit_unreachable,
            error.message,
            {},
            "is the server running, and is " + url + " its address?"};
}

/// Ours is {error, code}; /auth/v1 speaks GoTrue's {error_code, msg}.
Failure to_failure(unsigned status, const json::object& answer, const std::string& url) {
    Failure failure;
    for (const char* name : {"error_description", "error", "msg", "message"})
        if (failure.message.empty()) failure.message = text_of(answer, name);
    if (failure.message.empty())
        failure.message = "the server answered with status " + std::to_string(status);
    failure.code = text_of(answer, "error_code");
    if (failure.code.empty()) failure.code = text_of(answer, "code");
    if (status == 401) failure.hint = "sign in: muster login --url " + url + " --email YOU";
    return failure;
}

}  // namespace

Outcome<json::object> exchange(const Context& context, const HttpCall& call) {
    const auto response = exchange_as_is(context, call);
    if (!response) return std::unexpected(response.error());
    boost::system::error_code bad_json;
    json::value answer = json::parse(response->body, bad_json);
    const bool is_object = !bad_json && answer.is_object();
    if (response->status < 200 || response->status > 299)
        return std::unexpected(to_failure(response->status, as_object(answer), call.url));
    if (response->body.empty()) return json::object{};
    if (!is_object)
        return std::unexpected(Failure{exit_unreachable,
                                       call.url + " answered, but not as Muster does",
                                       {},
                                       "is this the address of a Muster server?"});
    return std::move(answer.get_object());
}

Outcome<net::ClientResponse> exchange_as_is(const Context& context, const HttpCall& call) {
    auto response = net::send_now(to_request(context, call));
    if (!response) return std::unexpected(to_failure(response.error(), call.url));
    return std::move(*response);
}

std::optional<Failure> find_refusal(const net::ClientResponse& response, const std::string& url) {
    if (response.status >= 200 && response.status <= 299) return std::nullopt;
    boost::system::error_code bad_json;
    const json::value answer = json::parse(response.body, bad_json);
    if (bad_json) return std::nullopt;
    const json::object& object = as_object(answer);
    if (text_of(object, "error").empty() || text_of(object, "code").empty()) return std::nullopt;
    return to_failure(response.status, object, url);
}

}  // namespace muster::cli
