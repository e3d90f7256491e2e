// What is told to which connection, and what one connection's trouble means for the others.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/connections_test.hpp"
#include "jobs/event_poller.hpp"

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

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

TEST_F(Connections, ANetworkThatDoesNotAnswerIsTriedOnceARound) {
    const std::string other = add_connection("second");
    for (const char* name : {"a", "b", "c"}) revoke(connected_device(name));
    const std::string elsewhere = connected_device("d");
    m_database.sql("UPDATE network_memberships SET connection_id = $1 WHERE device_id = $2", other,
                   elsewhere);
    revoke(elsewhere);
    script().failure = core::Code::network_timeout;
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
    EXPECT_EQ(push(), 1);
}

TEST_F(Connections, ANetworkThatActsOnNoLevelsIsAskedAgainLater) {
    connected_device("laptop");
    script().enforces = false;
    EXPECT_EQ(push(), 0);
    script().enforces = true;
    EXPECT_EQ(push(), 0);
    advance(30min);
    EXPECT_EQ(push(), 1);
    app::ConnectionInput input;
    input.pushes_trust = true;
    act(m_admin, [&](store::Transaction& transaction, const app::Context& context) {
        return app::change_connection(transaction, context, m_first, input);
    });
    EXPECT_EQ(push(), 1) << "switched on: at once";
}

TEST_F(Connections, ALevelThatChangesWhileItIsToldIsToldAgain) {
    const std::string id = connected_device("laptop");
    const store::MembershipScope scope{"tailscale", m_first};
    const auto due =
        act(m_tools.server, [&](store::Transaction& transaction, const app::Context& context) {
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
