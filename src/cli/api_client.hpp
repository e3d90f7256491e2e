// A Muster server, with credentials: what the commands call.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/context.hpp"
#include "cli/http_call.hpp"

namespace muster::cli {

class ApiClient {
public:
    /// With MUSTER_KEY, else with the signed-in session. Fails: neither; the session cannot be
    /// renewed. `context` must outlive it.
    static Outcome<ApiClient> connect(const Context& context);

    const std::string& url() const { return m_url; }

    Outcome<boost::json::object> get(std::string path, Query query = {}) const;
    /// POST, PATCH; DELETE without a body.
    Outcome<boost::json::object> send(std::string method, std::string path,
                                      std::optional<boost::json::object> body = {},
                                      Query query = {}) const;
    /// An action of /functions/v1/device-enrollment.
    Outcome<boost::json::object> enrollment(boost::json::object fields) const;
    /// An action of /functions/v1/tailscale-api, for which the server asks a network.
    Outcome<boost::json::object> network_action(boost::json::object fields) const;
    struct NetbirdCall {
        std::string method;
        std::string path;                      ///< with its query
        std::optional<std::string> body = {};  ///< JSON
        std::string connection_id = {};        ///< empty: the caller's organization's
    };
    /// Through the server. Fails: Muster refuses it, or is unreachable. What NetBird itself says
    /// comes back whatever its status.
    Outcome<net::ClientResponse> netbird(NetbirdCall asked) const;

    struct List {
        std::string path;
        std::string rows;  ///< the member of the answer that holds them
        Query query;
        std::size_t count_max;
    };
    /// {rows: [...], "next_cursor": ...}, from as many pages as it takes.
    Outcome<boost::json::object> list(const List& list) const;

private:
    ApiClient(const Context& context, std::string url, std::vector<net::Header> credentials);

    const Context* m_context;
    std::string m_url;
    std::vector<net::Header> m_credentials;
};

}  // namespace muster::cli
