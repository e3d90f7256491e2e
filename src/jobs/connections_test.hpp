// An organization with a connection to a scripted network: what tests of connections stand on. Only
// tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/network_connections.hpp"
#include "jobs/jobs_test.hpp"
#include "jobs/reconciler.hpp"
#include "jobs/scripted_network_test.hpp"
#include "jobs/targets.hpp"
#include "jobs/trust_pusher.hpp"

namespace muster::jobs {

class Connections : public JobsTest {
protected:
    Connections() {
        m_rules.default_network = "none";
        m_pool = networks::Pool(nullptr, [this](const networks::ConnectionSettings& settings) {
            return std::make_unique<ScriptedNetwork>(settings.network, m_scripts[settings.tailnet]);
        });
        m_first = add_connection("first");
    }

    /// A connection of the organization's to the network of the script with that name.
    std::string add_connection(const std::string& name) {
        app::ConnectionInput input;
        input.name = name;
        input.tailnet = name;
        input.credential = base::Secret<std::string>("tskey-api-x");
        const auto view =
            act(m_admin, [&](store::Transaction& transaction, const app::Context& context) {
                return app::add_connection(transaction, context, std::nullopt, "tailscale", input,
                                           false);
            });
        return view.connection.id;
    }
    Script& script() { return m_scripts["first"]; }

    /// Shown its token under that host name; a key of the first connection is made for it.
    std::string waiting_device(const std::string& hostname, const std::string& key_id) {
        const Pending pending = issue_token();
        app::Verification input{base::Secret(pending.token), {}};
        input.facts.fingerprint = "fp-" + pending.device_id;
        input.hostname = hostname;
        const app::MadeKey made{"tailscale", key_id, base::Secret<std::string>("tskey-auth-x"),
                                now() + std::chrono::hours(24)};
        act(m_nobody,
            [&](store::Transaction& transaction,
                const app::Context& context) -> core::Result<bool> {
                const auto verified = app::verify(transaction, context, input);
                if (!verified) return std::unexpected(verified.error());
                const auto kept = app::keep_network_key(transaction, context, *verified, made);
                if (!kept) return std::unexpected(kept.error());
                return kept->has_value();
            });
        return pending.device_id;
    }
    std::string connected_device(const std::string& hostname) {
        const std::string id = waiting_device(hostname, "key-" + hostname);
        advance(std::chrono::seconds(1));
        add_node("node-" + hostname, hostname);
        EXPECT_EQ(compare().adopted, 1);
        advance(std::chrono::seconds(1));
        return id;
    }

    networks::Node node(const std::string& id, const std::string& hostname) {
        networks::Node node;
        node.sighting.network = "tailscale";
        node.sighting.node_id = id;
        node.sighting.hostname = hostname;
        node.sighting.ip = "100.64.0.1";
        node.created_at = now();
        node.name = hostname + ".tail1.ts.net";
        return node;
    }
    void add_node(const std::string& id, const std::string& hostname) {
        script().nodes.push_back(node(id, hostname));
    }

    app::ConnectionInUse target(const std::string& connection_id) {
        const auto targets = fakes::run(list_targets(m_tools)).value();
        const auto is_it = [&](const app::ConnectionInUse& one) {
            return one.connector.id == connection_id;
        };
        return *std::ranges::find_if(targets, is_it);
    }
    Reconciled compare() {
        return fakes::run(reconcile(m_tools, target(m_first), std::chrono::seconds(10))).value();
    }
    int push() { return fakes::run(push_due_trust(m_tools, m_push)); }
    std::string membership(const std::string& device_id, std::string_view column) {
        const auto rows = m_database.rows(
            "SELECT " + std::string(column) + " FROM network_memberships WHERE device_id = $1",
            device_id);
        return rows.empty() ? "gone" : rows.front().optional_text(0).value_or("NULL");
    }
    std::int64_t ambiguities_of(const std::string& device_id) {
        return std::ranges::count(events_of(device_id), "network_node_ambiguous");
    }

    std::map<std::string, Script> m_scripts;
    std::string m_first;
    TrustPushOptions m_push;
};

}  // namespace muster::jobs
