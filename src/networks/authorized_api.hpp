// Calls that carry the connection's credentials, and the JSON of what is answered.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/secret.hpp"
#include "networks/control_api.hpp"

namespace muster::networks {

class AuthorizedApi {
public:
    /// `authorization`: the header's whole value. `random` must outlive it.
    AuthorizedApi(std::string name, ControlApiOptions options,
                  base::Secret<std::string> authorization, base::Random& random);

    /// As ControlApi::call.
    boost::asio::awaitable<core::Result<ApiAnswer>> call(ApiCall call, Deadline deadline);
    /// The JSON of an answer that is_ok(). Fails also as refusal_of() and json_of() do.
    boost::asio::awaitable<core::Result<boost::json::value>> json(ApiCall call, Deadline deadline);
    boost::asio::awaitable<core::Result<boost::json::value>> get(std::string path,
                                                                 Deadline deadline);
    const ApiHealth& health() const { return m_api.health(); }

private:
    base::Secret<std::string> m_authorization;
    ControlApi m_api;
};

ApiCall call_with_body(std::string method, std::string path, const boost::json::object& body);
ApiCall call_without_body(std::string method, std::string path);

}  // namespace muster::networks
