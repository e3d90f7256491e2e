// Whose node is whose, on networks of organizations.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/connections_test.hpp"

#include <boost/json/parse.hpp>

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

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
    advance(58s);
    EXPECT_EQ(compare().changed, 0);
    advance(1s);
    EXPECT_EQ(compare().changed, 1) << "a minute";
    script().nodes.front().sighting.ip = "100.64.0.9";
    EXPECT_EQ(compare().changed, 1);
    EXPECT_EQ(column(id, "tailscale_ip"), "100.64.0.9");
    script().nodes.front().sighting.tags = {"tag:x"};
    EXPECT_EQ(compare().changed, 1);
}

}  // namespace
}  // namespace muster::jobs
