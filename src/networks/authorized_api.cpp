// A header more on each call.
// SPDX-License-Identifier: Apache-2.0
#include "networks/authorized_api.hpp"

#include <boost/json/serialize.hpp>

namespace muster::networks {
using boost::asio::awaitable;

AuthorizedApi::AuthorizedApi(std::string name, ControlApiOptions options,
                             base::Secret<std::string> authorization, base::Random& random)
    : m_authorization(std::move(authorization)),
      m_api(std::move(name), std::move(options), random) {}

awaitable<core::Result<ApiAnswer>> AuthorizedApi::call(ApiCall call, Deadline deadline) {
    call.headers.push_back(net::Header{"Authorization", m_authorization.reveal()});
    co_return co_await m_api.call(std::move(call), deadline);
}

awaitable<core::Result<boost::json::value>> AuthorizedApi::json(ApiCall request,
                                                                Deadline deadline) {
    const auto answer = co_await call(std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (!answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    co_return json_of(*answer);
}

awaitable<core::Result<boost::json::value>> AuthorizedApi::get(std::string path,
                                                               Deadline deadline) {
    ApiCall request;
    request.path = std::move(path);
    co_return co_await json(std::move(request), deadline);
}

ApiCall call_with_body(std::string method, std::string path, const boost::json::object& body) {
    ApiCall call = call_without_body(std::move(method), std::move(path));
    call.body = boost::json::serialize(body);
    return call;
}

ApiCall call_without_body(std::string method, std::string path) {
    ApiCall call;
    call.method = std::move(method);
    call.path = std::move(path);
    return call;
}

}  // namespace muster::networks
