// Networks of organizations: whose node is whose, what is told to whom, and what one connection's
// trouble means for the others.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "app/network_connections.hpp"
#include "jobs/event_poller.hpp"
#include "jobs/jobs_test.hpp"
#include "jobs/reconciler.hpp"
#include "jobs/scripted_network_test.hpp"
#include "jobs/targets.hpp"
#include "jobs/trust_pusher.hpp"

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class Connections : public JobsTest {
protected:
    Connections() {
        m_rules.default_network = "none";
        m_pool = networks::Pool(nullptr, [this](const networks::ConnectionSettings& settings) {
            return std::make_unique<ScriptedNetwork>(settings.network,
                                                     m_scripts[settings.tailnet]);
        });
        m_first = add_connection("first");
    }

    /// A connection of the organization's to the network of the script with that name.
    std::string add_connection(const std::string& name) {
        app::ConnectionInput input;
        input.name = name;
        input.tailnet = name;
        input.credential = base::Secret<std::string>("tskey-api-x");
        const auto view = act(m_admin, [&](store::Transaction& transaction,
                                           const app::Context& context) {
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
                                now() + 24h};
        act(m_nobody, [&](store::Transaction& transaction, const app::Context& context)
                          -> core::Result<bool> {
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
        advance(1s);
        add_node("node-" + hostname, hostname);
        EXPECT_EQ(compare().adopted, 1);
        advance(1s);
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
        return fakes::run(reconcile(m_tools, target(m_first), 10s)).value();
    }
    int push() { return fakes::run(push_due_trust(m_tools, m_push)); }
    std::string membership(const std::string& device_id, std::string_view column) {
        const auto rows = m_database.rows("SELECT " + std::string(column) +
                                              " FROM network_memberships WHERE device_id = $1",
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

TEST_F(Connections, AKeyIsTheDefaultConnections) {
    const std::string id = waiting_device("Ana-Laptop", "k1");
    EXPECT_EQ(membership(id, "connection_id"), m_first);
    EXPECT_EQ(membership(id, "network"), "tailscale");
    EXPECT_EQ(membership(id, "announced_hostname"), "ana-laptop");
    EXPECT_EQ(membership(id, "key_id"), "k1");
}

TEST_F(Connections, ANodeOfTheAnnouncedNameIsTheDevices) {
    const std::string id = waiting_device("ana-laptop", "k1");
    advance(1s);
    add_node("n1", "Ana-Laptop");
    const Reconciled found = compare();
    EXPECT_EQ(found.adopted, 1);
    EXPECT_EQ(found.shadows, 0);
    EXPECT_EQ(column(id, "status"), "active");
    EXPECT_EQ(column(id, "trust_level"), "high");
    EXPECT_EQ(node_of(id), "n1");
}

TEST_F(Connections, NoOtherNodeIsTakenForTheDevices) {
    const struct {
        const char* name;
        const char* hostname;
        std::chrono::seconds created;  ///< after the key
        bool expired;
        bool unapproved;
    } cases[] = {
        {"a part of the name", "ana", 1s, false, false},
        {"a longer name", "ana-laptop-2", 1s, false, false},
        {"older than the key", "ana-laptop", -2s, false, false},
        {"expired", "ana-laptop", 1s, true, false},
        {"not let in yet", "ana-laptop", 1s, false, true},
    };
    const std::string id = waiting_device("ana-laptop", "k1");
    const core::Timestamp made_at = now();
    advance(2s);
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        networks::Node stranger = node("n1", c.hostname);
        stranger.created_at = made_at + c.created;
        stranger.expired = c.expired;
        stranger.needs_approval = c.unapproved;
        script().nodes = {stranger};
        EXPECT_EQ(compare().adopted, 0);
        EXPECT_EQ(column(id, "status"), "pending");
    }
}

TEST_F(Connections, TwoCandidatesAreNoneAndItIsSaidOnce) {
    const std::string id = waiting_device("ana-laptop", "k1");
    advance(1s);
    add_node("n1", "ana-laptop");
    add_node("n2", "ana-laptop");
    for (int i = 0; i < 2; ++i) {
        const Reconciled found = compare();
        EXPECT_EQ(found.adopted, 0);
        EXPECT_EQ(found.ambiguous, 1);
        EXPECT_EQ(found.shadows, 2);
    }
    EXPECT_EQ(column(id, "status"), "pending");
    EXPECT_EQ(ambiguities_of(id), 1);
    EXPECT_TRUE(last_details_of(id).contains(R"("candidates":2)")) << last_details_of(id);
}

TEST_F(Connections, TwoDevicesThatWaitForOneNameGetNoNode) {
    const std::string one = waiting_device("laptop", "k1");
    const std::string other = waiting_device("laptop", "k2");
    advance(1s);
    add_node("n1", "laptop");
    EXPECT_EQ(compare().adopted, 0);
    m_database.sql("DELETE FROM devices WHERE id = $1", other);
    EXPECT_EQ(compare().adopted, 1);
    EXPECT_EQ(node_of(one), "n1");
}

TEST_F(Connections, AnothersNodeIsNeverTaken) {
    const std::string ana = connected_device("laptop");
    const std::string ben = waiting_device("laptop", "k2");
    advance(1s);
    script().nodes.front().created_at = now();
    EXPECT_EQ(compare().adopted, 0);
    EXPECT_EQ(node_of(ana), "node-laptop");
    EXPECT_EQ(column(ben, "status"), "pending");
}

TEST_F(Connections, AKeyDecidesBeforeAName) {
    const std::string id = waiting_device("laptop", "k1");
    advance(1s);
    networks::Node by_key = node("n1", "something-else");
    by_key.key_id = "k1";
    script().nodes = {by_key, node("n2", "laptop")};
    EXPECT_EQ(compare().adopted, 1);
    EXPECT_EQ(node_of(id), "n1");
}

TEST_F(Connections, ANodeThatComesBackIsRecognized) {
    const std::string id = connected_device("laptop");
    const networks::Node known = script().nodes.front();
    script().nodes.clear();
    EXPECT_EQ(compare().lost, 1);
    EXPECT_EQ(column(id, "trust_level"), "medium");
    script().nodes = {known};
    EXPECT_EQ(compare().seen, 1);
    EXPECT_EQ(column(id, "trust_level"), "high");
    EXPECT_EQ(node_of(id), "node-laptop");
}

TEST_F(Connections, AnExpiredNodeTakesItsTrustAlong) {
    const std::string id = connected_device("laptop");
    script().nodes.front().expired = true;
    EXPECT_EQ(compare().lost, 1);
    EXPECT_EQ(column(id, "trust_level"), "medium");
}

TEST_F(Connections, AStaticKeysDeviceIsKnownByItsName) {
    m_database.sql("UPDATE network_connections SET is_default = $1", false);
    const std::string sealed = m_sealer.seal(base::Secret<std::string>("tskey-auth-shared"),
                                             "organization_tailscale_config.tailscale_auth_key");
    m_database.sql(
        "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key) "
        "VALUES ($1, $2)",
        m_organization, sealed);
    const Pending pending = issue_token();
    app::Verification input{base::Secret(pending.token), {}};
    input.facts.fingerprint = "fp-1";
    input.hostname = "laptop";
    const auto verified =
        act(m_nobody, [&](store::Transaction& transaction, const app::Context& context) {
            return app::verify(transaction, context, input);
        });
    EXPECT_FALSE(verified.needs_key);
    EXPECT_EQ(verified.network_key.value().reveal(), "tskey-auth-shared");
    EXPECT_EQ(membership(pending.device_id, "connection_id"), m_first) << "it can look";
    advance(1s);
    add_node("n1", "laptop");
    EXPECT_EQ(compare().adopted, 1);
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high");
}

TEST_F(Connections, ARevokedDeviceThatJoinsWithASharedKeyIsSentOff) {
    const std::string id = waiting_device("laptop", "k1");
    m_database.sql("UPDATE network_memberships SET key_id = NULL");
    revoke(id);
    EXPECT_EQ(m_database.count("network_jobs"), 0);
    advance(1s);
    add_node("n1", "laptop");
    EXPECT_EQ(compare().adopted, 0);
    EXPECT_EQ(only_job().target, "n1");
    EXPECT_EQ(compare().adopted, 0);
    EXPECT_EQ(deliver(), 1) << "one job, however often it is seen";
    EXPECT_EQ(script().removed, Texts{"n1"});
}

TEST_F(Connections, NothingIsWrittenThatNobodyWouldMiss) {
    const std::string id = connected_device("laptop");
    EXPECT_EQ(compare().changed, 0) << "seen a second ago";
    advance(57s);
    EXPECT_EQ(compare().changed, 0);
    advance(1s);
    EXPECT_EQ(compare().changed, 1) << "a minute";
    script().nodes.front().sighting.ip = "100.64.0.9";
    EXPECT_EQ(compare().changed, 1);
    EXPECT_EQ(column(id, "tailscale_ip"), "100.64.0.9");
    script().nodes.front().sighting.tags = {"tag:x"};
    EXPECT_EQ(compare().changed, 1);
}

TEST_F(Connections, JobsGoToTheConnectionOfTheirDevice) {
    const std::string other = add_connection("second");
    const std::string id = connected_device("laptop");
    const std::string gone = connected_device("desktop");
    m_database.sql("UPDATE network_memberships SET connection_id = $1 WHERE device_id = $2", other,
                   gone);
    revoke(id);
    m_database.sql("DELETE FROM devices WHERE id = $1", gone);
    EXPECT_EQ(deliver(), 2);
    EXPECT_EQ(script().removed, Texts{"node-laptop"});
    EXPECT_EQ(m_scripts["second"].removed, Texts{"node-desktop"});
}

TEST_F(Connections, ANetworkOutOfReachIsTriedOnceARound) {
    const std::string other = add_connection("second");
    for (const char* name : {"a", "b", "c"}) revoke(connected_device(name));
    const std::string elsewhere = connected_device("d");
    m_database.sql("UPDATE network_memberships SET connection_id = $1 WHERE device_id = $2", other,
                   elsewhere);
    revoke(elsewhere);
    script().failure = core::Code::network_unreachable;
    script().calls = 0;
    EXPECT_EQ(deliver(), 4);
    EXPECT_EQ(script().calls, 1);
    EXPECT_EQ(m_scripts["second"].removed, Texts{"node-d"});
    EXPECT_EQ(m_database.count("network_jobs WHERE state = 'waiting' AND attempts = 1"), 3);
}

TEST_F(Connections, LevelsAreToldWhenTheyChangeAndBeforeTheyAreForgotten) {
    const std::string id = connected_device("laptop");
    EXPECT_EQ(push(), 1);
    ASSERT_EQ(script().told.size(), 1U);
    EXPECT_EQ(script().told.front().node_id, "node-laptop");
    EXPECT_EQ(script().told.front().level, core::TrustLevel::high);
    EXPECT_EQ(script().lifetime, 1h);
    EXPECT_EQ(membership(id, "trust_pushed"), "high");
    EXPECT_EQ(push(), 0);
    m_database.sql("UPDATE devices SET trust_level = 'medium'");
    EXPECT_EQ(push(), 1) << "whoever changed it";
    EXPECT_EQ(script().told.front().level, core::TrustLevel::medium);
    advance(30min - tick);
    EXPECT_EQ(push(), 0);
    advance(tick);
    EXPECT_EQ(push(), 1) << "half of the lifetime";
}

TEST_F(Connections, ALevelThatCouldNotBeToldStaysDue) {
    connected_device("laptop");
    script().failure = core::Code::network_timeout;
    EXPECT_EQ(push(), 0);
    script().failure.reset();
    script().enforces = false;
    EXPECT_EQ(push(), 0);
    EXPECT_TRUE(script().told.empty());
    script().enforces = true;
    EXPECT_EQ(push(), 1);
}

TEST_F(Connections, ALevelThatChangesWhileItIsToldIsToldAgain) {
    const std::string id = connected_device("laptop");
    const store::MembershipScope scope{"tailscale", m_first};
    const auto due = act(m_tools.server, [&](store::Transaction& transaction,
                                             const app::Context& context) {
        return core::Result<std::vector<store::TrustPush>>(
            store::list_trust_pushes(transaction, scope, context.now, 10));
    });
    ASSERT_EQ(due.size(), 1U);
    advance(1s);
    m_database.sql("UPDATE devices SET trust_level = 'low'");
    act(m_tools.server, [&](store::Transaction& transaction, const app::Context& context) {
        store::note_trust_push(transaction, due.front(), context.now + 1h);
        return core::Result<void>{};
    });
    EXPECT_EQ(push(), 1);
    EXPECT_EQ(script().told.front().level, core::TrustLevel::low);
    EXPECT_EQ(membership(id, "trust_pushed"), "low");
}

TEST_F(Connections, EventsAreReadOnFromTheLastOne) {
    Texts woken;
    EventPoller poller(m_tools, 10s, [&](const std::string& id) { woken.push_back(id); });
    fakes::run(poller.round());
    EXPECT_TRUE(woken.empty());
    networks::NetworkEvent removed;
    removed.kind = networks::NetworkEvent::Kind::node_removed;
    script().events = {removed};
    script().next_cursor = "7";
    fakes::run(poller.round());
    EXPECT_EQ(woken, Texts{m_first});
    script().failure = core::Code::network_unreachable;
    fakes::run(poller.round());
    script().failure.reset();
    EventPoller another(m_tools, 10s, [&](const std::string& id) { woken.push_back(id); });
    fakes::run(another.round());
    EXPECT_EQ(script().cursors, (Texts{"", "1", "7"}));
}

TEST_F(Connections, ARemovedConnectionGivesUpItsDevices) {
    const std::string connected = connected_device("laptop");
    const std::string waiting = waiting_device("desktop", "k2");
    const std::string revoked = connected_device("lost");
    revoke(revoked);
    act(m_admin, [&](store::Transaction& transaction, const app::Context& context) {
        return app::remove_connection(transaction, context, m_first, true);
    });
    compare();
    EXPECT_EQ(column(connected, "trust_level"), "medium");
    EXPECT_EQ(membership(connected, "network"), "gone");
    EXPECT_EQ(column(waiting, "tailscale_auth_key"), "NULL");
    EXPECT_EQ(m_database.count("network_connections"), 1) << "jobs still need it";
    EXPECT_EQ(deliver(), 2);
    EXPECT_EQ(script().removed, Texts{"node-lost"});
    EXPECT_EQ(script().revoked, Texts{"k2"});
    compare();
    EXPECT_EQ(m_database.count("network_connections"), 0);
}

TEST_F(Connections, OneThatDoesNotAnswerHoldsUpNoOther) {
    add_connection("second");
    script().failure = core::Code::network_timeout;
    m_scripts["second"].nodes = {node("n1", "stranger")};
    Reconciler rounds(m_tools, 1h, 10s);
    fakes::run(rounds.round());
    EXPECT_EQ(script().calls, 1);
    EXPECT_EQ(m_scripts["second"].calls, 1);
    fakes::run(rounds.round());
    EXPECT_EQ(m_scripts["second"].calls, 1) << "not due";
    rounds.wake(m_first);
    fakes::run(rounds.round());
    EXPECT_EQ(script().calls, 2);
    EXPECT_EQ(m_scripts["second"].calls, 1);
}

}  // namespace
}  // namespace muster::jobs
