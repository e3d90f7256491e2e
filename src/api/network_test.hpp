// How tests of routes that ask networks make connections: to the fakes, over loopback. Only tests
// include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json/parse.hpp>

#include "api/roster_test.hpp"
#include "fakes/networks/headscale_fake.hpp"
#include "fakes/networks/netbird_fake.hpp"
#include "fakes/networks/tailscale_fake.hpp"

namespace muster::api {

inline constexpr const char* connections_path = "/roster/v1/network/connections";

class NetworkRoutes : public Roster {
protected:
    NetworkRoutes() {
        m_rules.network_hosts = {"127.0.0.1"};
        m_services->wake_reconciler = [this](const std::string& id) { m_woken.push_back(id); };
    }

    boost::json::object tailscale_body(const std::string& name) const {
        return {{"name", name},
                {"network", "tailscale"},
                {"base_url", m_tailscale.base_url()},
                {"credential", fakes::TailscaleFake::api_key},
                {"tags", boost::json::array{"tag:muster"}}};
    }
    boost::json::object headscale_body(const std::string& name) const {
        return {{"name", name},
                {"network", "headscale"},
                {"base_url", m_headscale.url()},
                {"user", "muster"},
                {"credential", "hskey-api-fake000000-fake"}};
    }
    boost::json::object netbird_body(const std::string& name) const {
        return {{"name", name},
                {"network", "netbird"},
                {"base_url", m_netbird.url()},
                {"credential", "nbp_fake"}};
    }
    Reply add(Who who, const boost::json::object& body) {
        return post(who, connections_path, body);
    }
    /// The id of a connection that `who` adds.
    std::string connect(Who who, const boost::json::object& body) {
        const Reply reply = add(who, body);
        EXPECT_EQ(reply.status, 201U) << reply.raw;
        if (reply.status != 201) return {};
        return std::string(reply.body.at("connection").at("id").as_string());
    }
    static std::string path_of_connection(const std::string& id) {
        return std::string(connections_path) + "/" + id;
    }
    Reply tailscale_api(Who who, const std::string& action, const boost::json::object& body = {}) {
        return post(who, "/functions/v1/tailscale-api?action=" + action, body);
    }
    /// The one value that a query answers with, as text; "none" without a row.
    std::string value(const std::string& query) {
        return *m_store->read_now([&](store::Transaction& tx) -> core::Result<std::string> {
            const auto row = tx.one(query);
            if (!row) return std::string("none");
            if (row->is_null(0)) return std::string("NULL");
            const auto* n = std::get_if<std::int64_t>(row->cells().data());
            return n ? std::to_string(*n) : row->text(0);
        });
    }
    /// The details of the newest audit row.
    std::string last_audit() {
        return value("SELECT details FROM audit_logs ORDER BY id DESC LIMIT 1");
    }

    fakes::TailscaleFake m_tailscale{m_clock};
    fakes::HeadscaleFake m_headscale{{}, m_clock};
    fakes::NetBirdFake m_netbird{{}, m_clock};
    std::vector<std::string> m_woken;  ///< connections whose comparison was asked for
};

}  // namespace muster::api
