// The roster and the network's own list, agreeing and disagreeing.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/reconciler.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "jobs/jobs_test.hpp"

namespace muster::jobs {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Events = std::vector<std::string>;
using std::chrono::days;

/// The simulated network, with something happening while its list is under way.
class BusyNetwork final : public networks::Network {
public:
    BusyNetwork(networks::Network& real, std::function<void()> meanwhile)
        : m_real(real), m_meanwhile(std::move(meanwhile)) {}

    std::string_view name() const override { return m_real.name(); }
    networks::ApiHealth health() const override { return m_real.health(); }
    asio::awaitable<core::Result<networks::Probe>> probe(networks::Deadline deadline) override {
        return m_real.probe(deadline);
    }
    asio::awaitable<core::Result<networks::NetworkKey>> create_key(
        networks::KeyRequest request, networks::Deadline deadline) override {
        return m_real.create_key(std::move(request), deadline);
    }
    asio::awaitable<core::Result<void>> revoke_key(std::string key_id,
                                                   networks::Deadline deadline) override {
        return m_real.revoke_key(std::move(key_id), deadline);
    }
    asio::awaitable<core::Result<std::optional<networks::Node>>> find_node(
        networks::NodeQuery query, networks::Deadline deadline) override {
        return m_real.find_node(std::move(query), deadline);
    }
    asio::awaitable<core::Result<void>> remove_node(std::string node_id,
                                                    networks::Deadline deadline) override {
        return m_real.remove_node(std::move(node_id), deadline);
    }
    asio::awaitable<core::Result<std::vector<networks::Node>>> list_nodes(
        networks::Deadline deadline) override {
        auto listed = co_await m_real.list_nodes(deadline);
        m_meanwhile();
        co_return listed;
    }
    bool enforces_trust() const override { return m_real.enforces_trust(); }
    asio::awaitable<core::Result<void>> push_trust(std::vector<networks::TrustMark> marks,
                                                   std::chrono::seconds lifetime,
                                                   networks::Deadline deadline) override {
        return m_real.push_trust(std::move(marks), lifetime, deadline);
    }
    bool has_events() const override { return m_real.has_events(); }
    asio::awaitable<core::Result<networks::EventPage>> events_since(
        std::string cursor, networks::Deadline deadline) override {
        return m_real.events_since(std::move(cursor), deadline);
    }

private:
    networks::Network& m_real;
    std::function<void()> m_meanwhile;
};

class ReconcilerTest : public JobsTest {
protected:
    core::Result<Reconciled> attempt() { return fakes::run(reconcile(m_tools, own_target(), 10s)); }
    Reconciled compare() {
        const auto result = attempt();
        if (!result) throw std::runtime_error(std::string(core::word_of(result.error().code)));
        return *result;
    }
    /// A node that no key of a device on the roster made.
    void add_stranger() {
        networks::KeyRequest request;
        request.hostname = "stranger";
        ASSERT_TRUE(fakes::run(m_network->create_key(std::move(request), soon())));
        advance(join_delay);
    }
    core::Timestamp last_seen(const std::string& device_id) {
        return core::parse_timestamp(column(device_id, "last_seen")).value();
    }
};

void expect_counts(const Reconciled& found, const Reconciled& expected) {
    EXPECT_EQ(found.seen, expected.seen);
    EXPECT_EQ(found.lost, expected.lost);
    EXPECT_EQ(found.adopted, expected.adopted);
    EXPECT_EQ(found.shadows, expected.shadows);
}

TEST_F(ReconcilerTest, AnEmptyNetworkAndAnEmptyRoster) {
    expect_counts(compare(), {});
}

TEST_F(ReconcilerTest, ANodeThatIsThereWasSeenNow) {
    const std::string id = connected_device("fp-1");
    const Events before = events_of(id);
    advance(1h);
    expect_counts(compare(), {.seen = 1});
    EXPECT_EQ(last_seen(id), now());
    EXPECT_EQ(events_of(id), before) << "nothing worth an event happened";
    EXPECT_EQ(column(id, "trust_level"), "high");
}

TEST_F(ReconcilerTest, ANodeThatIsGoneTakesItsTrustAlong) {
    const std::string id = connected_device("fp-1");
    const std::string node = node_of(id);
    Events expected = events_of(id);
    m_network->drop_node(node);
    advance(1h);
    expect_counts(compare(), {.lost = 1});
    EXPECT_EQ(column(id, "trust_level"), "medium");
    EXPECT_EQ(column(id, "status"), "active");
    EXPECT_EQ(column(id, "tailscale_ip"), "NULL");
    EXPECT_EQ(column(id, "tailscale_device_id"), "NULL");
    EXPECT_FALSE(has_evidence(id, "network_connection"));
    EXPECT_TRUE(has_evidence(id, "fingerprint"));
    EXPECT_EQ(m_database.count("network_memberships"), 1) << "it would be recognized";
    expected.insert(expected.end(), {"network_left", "trust_level_changed"});
    EXPECT_EQ(events_of(id), expected);
    expect_counts(compare(), {});
    EXPECT_EQ(events_of(id), expected) << "it leaves once";
}

TEST_F(ReconcilerTest, AnOfflineNodeWasSeenWhenItLeft) {
    const std::string id = connected_device("fp-1");
    const core::Timestamp left = now();
    m_network->set_online(node_of(id), false);
    advance(1h);
    expect_counts(compare(), {.seen = 1});
    EXPECT_EQ(last_seen(id), left);
    EXPECT_EQ(boost::json::parse(column(id, "metadata")).at("tailscale_online"), false);
    EXPECT_EQ(column(id, "status"), "active");
    EXPECT_EQ(column(id, "trust_level"), "high");
}

TEST_F(ReconcilerTest, AnInactiveDeviceComesBackWhenItIsSeen) {
    const struct {
        const char* name;
        bool online;
        std::chrono::microseconds silence;  ///< of an offline node
        bool back;
    } cases[] = {
        {"online", true, days(30), true},
        {"offline, seen lately", false, days(7), true},
        {"offline, seen too long ago", false, days(7) + tick, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const std::string id = connected_device("fp-" + std::to_string(&c - cases));
        m_database.sql("UPDATE devices SET status = 'inactive', trust_level = 'medium'");
        Events expected = events_of(id);
        if (!c.online) m_network->set_online(node_of(id), false);
        advance(c.silence);
        expect_counts(compare(), {.seen = 1});
        EXPECT_EQ(column(id, "status"), c.back ? "active" : "inactive");
        EXPECT_EQ(column(id, "trust_level"), c.back ? "high" : "medium");
        if (c.back) expected.insert(expected.end(), {"device_active", "trust_level_changed"});
        EXPECT_EQ(events_of(id), expected);
        m_network->drop_node(node_of(id));
        m_database.sql("DELETE FROM devices");
    }
}

TEST_F(ReconcilerTest, ADeviceConfirmedWhileTheListWasUnderWayIsNotLost) {
    const struct {
        const char* name;
        bool joined_before_the_list;
        std::chrono::microseconds confirmed_after;
    } cases[] = {
        {"joined after the list was made", false, join_delay},
        {"at the very moment", true, 0us},
        {"listed, but not known yet", true, 1s},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Pending pending = verified_device("fp-" + std::to_string(&c - cases));
        if (c.joined_before_the_list) advance(join_delay);
        BusyNetwork busy(*m_network, [&] {
            advance(c.confirmed_after);
            confirm(pending.device_id);
        });
        use_network(&busy);
        expect_counts(compare(), {});
        EXPECT_EQ(column(pending.device_id, "trust_level"), "high");
        use_network(m_network.get());
        advance(tick);
        expect_counts(compare(), {.seen = 1});
        m_network->drop_node(node_of(pending.device_id));
        m_database.sql("DELETE FROM devices");
    }
}

TEST_F(ReconcilerTest, ADeviceConfirmedJustBeforeTheListCanBeLost) {
    const Pending pending = verified_device("fp-1");
    advance(join_delay);
    confirm(pending.device_id);
    m_network->drop_node(node_of(pending.device_id));
    expect_counts(compare(), {});
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high") << "the list may be older";
    advance(tick);
    expect_counts(compare(), {.lost = 1});
    EXPECT_EQ(column(pending.device_id, "trust_level"), "medium");
}

TEST_F(ReconcilerTest, AdoptsADeviceWhoseAgentNeverCameBack) {
    const Pending pending = verified_device("fp-1");
    expect_counts(compare(), {});
    EXPECT_EQ(column(pending.device_id, "status"), "pending");
    advance(join_delay);
    Events expected = events_of(pending.device_id);
    expect_counts(compare(), {.adopted = 1});
    EXPECT_EQ(column(pending.device_id, "status"), "active");
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high");
    EXPECT_EQ(column(pending.device_id, "enrollment_token"), "NULL");
    expected.insert(expected.end(), {"trust_level_changed", "tailscale_connected",
                                     "tailscale_enrollment_complete"});
    EXPECT_EQ(events_of(pending.device_id), expected);
    EXPECT_EQ(m_database.count("spent_tokens"), 1);
    EXPECT_EQ(m_database.count("audit_logs WHERE event = 'device_enrolled_tailscale'"), 1);
    advance(1s);
    expect_counts(compare(), {.seen = 1});
}

TEST_F(ReconcilerTest, ARevokedDevicesKeyAdoptsNothing) {
    const Pending pending = verified_device("fp-1");
    revoke(pending.device_id);
    advance(join_delay);
    expect_counts(compare(), {.shadows = 1});
    EXPECT_EQ(column(pending.device_id, "status"), "revoked");
    EXPECT_EQ(column(pending.device_id, "trust_level"), "low");
}

TEST_F(ReconcilerTest, StrangersAreCountedAndLeftAlone) {
    const std::string id = connected_device("fp-1");
    add_stranger();
    add_stranger();
    expect_counts(compare(), {.seen = 1, .shadows = 2});
    EXPECT_EQ(m_database.count("devices"), 1);
    EXPECT_EQ(fakes::run(m_network->list_nodes(soon())).value().size(), 3U);
    EXPECT_EQ(column(id, "status"), "active");
}

TEST_F(ReconcilerTest, ANetworkThatDoesNotAnswerChangesNothing) {
    const struct {
        const char* name;
        networks::SimulatedFaults faults;
        bool configured;
        core::Code code;
    } cases[] = {
        {"down", {.fail_next = 1}, true, core::Code::network_unreachable},
        {"its answer is lost", {.lose_answer_next = 1}, true, core::Code::network_unreachable},
        {"its answer is late", {.delay = 1h}, true, core::Code::network_unreachable},
        {"none", {}, false, core::Code::network_not_configured},
    };
    const std::string id = connected_device("fp-1");
    m_network->drop_node(node_of(id));
    advance(1h);
    const Events events = events_of(id);
    const std::string seen = column(id, "last_seen");
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        m_network->set_faults(c.faults);
        use_network(c.configured ? m_network.get() : nullptr);
        const auto result = fakes::run(reconcile(m_tools, own_target(), 20ms));
        EXPECT_FALSE(result);
        if (!result) {
            EXPECT_EQ(result.error().code, c.code);
        }
        EXPECT_EQ(events_of(id), events);
        EXPECT_EQ(column(id, "last_seen"), seen);
        EXPECT_EQ(column(id, "trust_level"), "high");
        EXPECT_EQ(m_database.count("network_memberships"), 1);
    }
    m_network->set_faults({});
    use_network(m_network.get());
    expect_counts(compare(), {.lost = 1});
}

TEST_F(ReconcilerTest, ARevokedDevicesNodeIsLeftToTheOutbox) {
    const std::string id = connected_device("fp-1");
    const std::string node = node_of(id);
    revoke(id);
    const Events events = events_of(id);
    const std::string seen = column(id, "last_seen");
    advance(1h);
    expect_counts(compare(), {.seen = 1});
    EXPECT_EQ(column(id, "status"), "revoked");
    EXPECT_EQ(column(id, "trust_level"), "low");
    EXPECT_EQ(column(id, "last_seen"), seen);
    EXPECT_EQ(events_of(id), events);
    EXPECT_TRUE(is_on_network(node));
    EXPECT_EQ(only_job().state, "waiting");
    EXPECT_EQ(deliver(), 1);
    EXPECT_FALSE(is_on_network(node));
    expect_counts(compare(), {});
}

TEST_F(ReconcilerTest, AReactivatedDevicesOldNodeDoesNotEnrolIt) {
    const std::string id = connected_device("fp-1");
    revoke(id);
    networks::SimulatedFaults once;
    once.fail_next = 1;
    m_network->set_faults(once);
    ASSERT_EQ(deliver(), 1);
    ASSERT_EQ(reactivate(id).status, core::DeviceStatus::pending);
    advance(1s);
    compare();
    EXPECT_EQ(column(id, "status"), "pending");
    EXPECT_EQ(column(id, "trust_level"), "low");
    EXPECT_NE(column(id, "enrollment_token"), "NULL");
}

TEST_F(ReconcilerTest, AnotherNetworksMembersAreNotLost) {
    const std::string id = connected_device("fp-1");
    m_database.sql("UPDATE network_memberships SET network = 'tailscale'");
    m_network->drop_node(node_of(id));
    advance(1h);
    expect_counts(compare(), {});
    EXPECT_EQ(column(id, "trust_level"), "high");
}

TEST_F(ReconcilerTest, ReadsMembersPastOnePage) {
    m_database.sql(R"sql(
        WITH RECURSIVE numbers (n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $2)
        INSERT INTO devices (user_id, name, status) SELECT $1, 'many', 'active' FROM numbers)sql",
                   m_owner.user_id, reconcile_page + 1);
    m_database.sql(R"sql(
        INSERT INTO network_memberships (device_id, network, node_id, confirmed_at)
        SELECT id, 'simulated', 'node-of-' || id, now() FROM devices)sql");
    m_database.sql(R"sql(
        INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source)
        SELECT id, 'network_connection', 'seen', now(), 'simulated' FROM devices)sql");
    advance(1s);
    expect_counts(compare(), {.lost = reconcile_page + 1});
    EXPECT_EQ(m_database.count("trust_evidence"), 0);
}

}  // namespace
}  // namespace muster::jobs
