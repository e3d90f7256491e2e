// The connector suite: the life of a key and of a node, twice is once, and every fault.
// SPDX-License-Identifier: Apache-2.0
#include "networks/connector_test.hpp"

#include <algorithm>
#include <thread>

namespace muster::networks {

using core::Code;
using fakes::Fault;
using namespace std::chrono_literals;

void ConnectorSuite::SetUp() {
    m_world = GetParam().make();
    if (!m_world) GTEST_SKIP() << GetParam().name << " is not there";
    if (fake() != nullptr) {
        for (const auto& [name, value] : fake()->settings()) {
            if (name != "base_url" && name != "oauth_client_id") keep_secret(value);
        }
    }
    keep_secret("fake-token-");
    testing::internal::CaptureStderr();
    m_is_capturing = true;
}

void ConnectorSuite::TearDown() {
    if (!m_is_capturing) return;
    const std::string seen = testing::internal::GetCapturedStderr() + m_details;
    for (const std::string& secret : m_secrets) {
        EXPECT_EQ(seen.find(secret), std::string::npos) << "a secret was shown";
    }
}

core::Result<NetworkKey> ConnectorSuite::ask_key(const std::string& hostname, Deadline deadline) {
    KeyRequest request{.device_id = "0198a0b2-7c55-7d10-9f8e-" + hostname,
                       .hostname = hostname,
                       .tags = traits().tags,
                       .lifetime = 1h};
    core::Result<NetworkKey> key = fakes::run(network().create_key(std::move(request), deadline));
    if (key) keep_secret(key->secret.reveal());
    if (!key) expect_clean(key.error());
    return key;
}

NetworkKey ConnectorSuite::service_key(const std::string& hostname) {
    KeyRequest request{.device_id = "0198a0b2-7c55-7d10-9f8e-" + hostname,
                       .hostname = hostname,
                       .tags = traits().service,
                       .lifetime = 1h};
    NetworkKey key = fakes::run(network().create_key(std::move(request), within())).value();
    keep_secret(key.secret.reveal());
    return key;
}

bool ConnectorSuite::is_soon(const std::function<bool()>& is_so) {
    if (fake() != nullptr) return is_so();
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(100ms);  // between looks, not instead of one
    }
    return true;
}

core::Result<void> ConnectorSuite::push(const std::string& node_id, core::TrustLevel level,
                                        Deadline deadline) {
    std::vector<TrustMark> marks{{node_id, level}};
    return fakes::run(network().push_trust(std::move(marks), 1h, deadline));
}

bool ConnectorSuite::is_listed(const std::string& node_id) {
    return std::ranges::any_of(list(),
                               [&](const Node& node) { return node.sighting.node_id == node_id; });
}

void ConnectorSuite::expect_clean(const core::Error& error) {
    m_details += error.detail + core::message_of(error, core::Language::english) + "\n";
}

TEST_P(ConnectorSuite, TheCredentialsAreGood) {
    const auto probe = fakes::run(network().probe(within()));
    ASSERT_TRUE(probe.has_value()) << probe.error().detail;
    EXPECT_FALSE(probe->description.empty());
    for (const std::string& warning : probe->warnings) ADD_FAILURE() << warning;
}

TEST_P(ConnectorSuite, TheLifeOfANode) {
    const auto asked_at =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const NetworkKey made = key("suite-a");
    EXPECT_FALSE(made.id.empty());
    NodeQuery query{.key_id = made.id, .hostname = "suite-a", .key_created_at = asked_at};
    EXPECT_FALSE(find(query).has_value()) << "nobody has joined";
    const auto node_id = join(made, "suite-a");
    ASSERT_TRUE(node_id.has_value());
    EXPECT_FALSE(join(made, "suite-a").has_value()) << "a key serves once";

    const auto found = find(query);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->sighting.node_id, *node_id);
    EXPECT_EQ(found->sighting.network, network().name());
    EXPECT_EQ(found->sighting.hostname, "suite-a");
    EXPECT_TRUE(found->sighting.online);
    EXPECT_TRUE(found->sighting.last_seen.has_value());
    EXPECT_FALSE(found->sighting.ip.empty());
    EXPECT_FALSE(found->expired);
    EXPECT_EQ(found->key_id.has_value(), traits().tells_key);
    if (traits().tells_key) {
        query.hostname.reset();
        EXPECT_TRUE(find(query).has_value()) << "the key is enough";
    }
    EXPECT_TRUE(find_by_node(*node_id).has_value());
    EXPECT_TRUE(is_listed(*node_id));
    if (network().enforces_trust()) {
        EXPECT_TRUE(push(*node_id, core::TrustLevel::high).has_value());
    }

    EXPECT_TRUE(remove(*node_id).has_value());
    EXPECT_FALSE(find_by_node(*node_id).has_value());
    EXPECT_FALSE(find(query).has_value());
    EXPECT_FALSE(is_listed(*node_id));
}

TEST_P(ConnectorSuite, TwiceIsOnce) {
    const NetworkKey unused = key("suite-b");
    EXPECT_TRUE(revoke(unused.id).has_value());
    EXPECT_TRUE(revoke(unused.id).has_value());
    EXPECT_FALSE(join(unused, "suite-b").has_value()) << "it was revoked";

    const NetworkKey used = key("suite-c");
    const auto node_id = join(used, "suite-c");
    ASSERT_TRUE(node_id.has_value());
    EXPECT_TRUE(revoke(used.id).has_value()) << "a used key is nothing to complain of";
    EXPECT_TRUE(find_by_node(*node_id).has_value()) << "and its node stays";
    EXPECT_TRUE(remove(*node_id).has_value());
    EXPECT_TRUE(remove(*node_id).has_value());
    EXPECT_TRUE(revoke(used.id).has_value());
}

TEST_P(ConnectorSuite, TrustLevelsArrive) {
    if (!network().enforces_trust()) GTEST_SKIP() << "this network does not act on trust levels";
    const NetworkKey made = key("suite-d");
    const auto node_id = join(made, "suite-d");
    ASSERT_TRUE(node_id.has_value());
    using core::TrustLevel;
    for (const TrustLevel level :
         {TrustLevel::high, TrustLevel::low, TrustLevel::medium, TrustLevel::medium}) {
        ASSERT_TRUE(push(*node_id, level).has_value());
        if (fake() != nullptr) {
            EXPECT_EQ(fake()->find_trust(*node_id), core::to_text(level));
        }
    }
    ASSERT_TRUE(remove(*node_id).has_value());
    const auto gone = push(*node_id, TrustLevel::high);
    EXPECT_TRUE(gone.has_value()) << gone.error().detail;
}

TEST_P(ConnectorSuite, TrustDecidesWhoReachesWhat) {
    if (fake() != nullptr) GTEST_SKIP() << "no packets pass through a fake";
    const auto service = join(service_key("suite-server"), "suite-server");
    const auto device = join(key("suite-i"), "suite-i");
    ASSERT_TRUE(service.has_value());
    ASSERT_TRUE(device.has_value());
    const std::string address = find_by_node(*service)->sighting.ip;
    using core::TrustLevel;
    EXPECT_EQ(world().comes_to_reach("suite-i", address, false), true) << "not trusted yet";
    for (const TrustLevel level : {TrustLevel::high, TrustLevel::medium, TrustLevel::high}) {
        SCOPED_TRACE(core::to_text(level));
        ASSERT_TRUE(push(*device, level).has_value());
        const bool wanted = level == TrustLevel::high;
        EXPECT_EQ(world().comes_to_reach("suite-i", address, wanted), true);
    }
    EXPECT_TRUE(remove(*device).has_value());
    EXPECT_EQ(world().comes_to_reach("suite-i", address, false), true) << "it was removed";
    EXPECT_TRUE(remove(*service).has_value());
}

TEST_P(ConnectorSuite, NodesAreFoundByWhatIsKnownOfThem) {
    const auto asked_at =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const NetworkKey made = key("suite-e");
    const auto node_id = join(made, "suite-e");
    ASSERT_TRUE(node_id.has_value());
    struct Case {
        const char* name;
        NodeQuery query;
        bool is_found;
    };
    const Case cases[] = {
        {"nothing", {}, false},
        {"an unknown node", {.node_id = "999999999999"}, false},
        {"an unknown node of a known name",
         {.node_id = "999999999999", .hostname = "suite-e", .key_created_at = asked_at},
         true},
        {"the node, whatever the name", {.node_id = node_id, .hostname = "other"}, true},
        {"the name alone", {.hostname = "suite-e"}, false},
        {"the name, in other letters", {.hostname = "Suite-E", .key_created_at = asked_at}, true},
        {"a part of the name", {.hostname = "suite", .key_created_at = asked_at}, false},
        {"the name, before the key",
         {.hostname = "suite-e", .key_created_at = asked_at + 1h},
         false},
        {"an id that is none", {.node_id = "../x?y=z#"}, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto found = fakes::run(network().find_node(c.query, within()));
        if (!found) expect_clean(found.error());
        const bool is_found = found && found->has_value();
        EXPECT_EQ(is_found, c.is_found) << (found ? "" : found.error().detail);
        if (is_found) {
            EXPECT_EQ((*found)->sighting.node_id, *node_id);
        }
    }
    EXPECT_TRUE(remove(*node_id).has_value());
}

TEST_P(ConnectorSuite, WhoIsOfflineIsNotOnline) {
    if (fake() == nullptr) GTEST_SKIP() << "a real client can't be switched off from here";
    const auto node_id = join(key("suite-f"), "suite-f");
    ASSERT_TRUE(node_id.has_value());
    ASSERT_TRUE(fake()->set_online(*node_id, false));
    EXPECT_FALSE(find_by_node(*node_id)->sighting.online);
    ASSERT_TRUE(fake()->set_online(*node_id, true));
    EXPECT_TRUE(find_by_node(*node_id)->sighting.online);
}

/// Each fault at each call: what is answered is true, and what is asked again happens once.
TEST_P(ConnectorSuite, NoFaultLosesOrDoublesAnything) {
    if (fake() == nullptr) GTEST_SKIP() << "the real thing has no faults to switch on";
    constexpr Fault faults[] = {Fault::slow,         Fault::limited, Fault::limited_seconds,
                                Fault::limited_date, Fault::error,   Fault::unavailable,
                                Fault::truncated,    Fault::reset,   Fault::wrong_type,
                                Fault::too_large};
    int number = 0;
    for (const Fault fault : faults) {
        SCOPED_TRACE(static_cast<int>(fault));
        const std::string hostname = "fault-" + std::to_string(++number);
        const fakes::Faults once{.fault = fault, .delay = 100ms};
        fake()->server().set_faults(once);
        core::Result<NetworkKey> made = ask_key(hostname);
        fake()->server().set_faults({});
        if (!made) made = ask_key(hostname);
        ASSERT_TRUE(made.has_value()) << made.error().detail;
        const auto node_id = join(*made, hostname);
        ASSERT_TRUE(node_id.has_value()) << "the key that was answered is good";

        fake()->server().set_faults(once);
        const auto listed = fakes::run(network().list_nodes(within()));
        if (listed) {
            EXPECT_TRUE(std::ranges::any_of(
                *listed, [&](const Node& node) { return node.sighting.node_id == *node_id; }));
        } else {
            expect_clean(listed.error());
        }
        fake()->server().set_faults(once);
        NodeQuery query{.node_id = node_id};
        const auto found = fakes::run(network().find_node(std::move(query), within()));
        EXPECT_TRUE(!found || found->has_value()) << "a fault is no proof that a node is gone";

        if (network().enforces_trust()) {
            fake()->server().set_faults(once);
            auto pushed = push(*node_id, core::TrustLevel::high);
            if (!pushed) expect_clean(pushed.error());
            fake()->server().set_faults({});
            if (!pushed) pushed = push(*node_id, core::TrustLevel::high);
            EXPECT_TRUE(pushed.has_value());
            EXPECT_EQ(fake()->find_trust(*node_id), "high");
        }

        fake()->server().set_faults(once);
        core::Result<void> removed = remove(*node_id);
        fake()->server().set_faults({});
        if (!removed) removed = remove(*node_id);
        EXPECT_TRUE(removed.has_value());
        EXPECT_FALSE(fake()->has_node(*node_id));
    }
}

TEST_P(ConnectorSuite, RevokingSurvivesEveryFault) {
    if (fake() == nullptr) GTEST_SKIP() << "the real thing has no faults to switch on";
    constexpr Fault faults[] = {Fault::slow,        Fault::limited,   Fault::error,
                                Fault::unavailable, Fault::truncated, Fault::reset,
                                Fault::wrong_type};
    int number = 0;
    for (const Fault fault : faults) {
        SCOPED_TRACE(static_cast<int>(fault));
        const std::string hostname = "revoke-" + std::to_string(++number);
        const NetworkKey made = key(hostname);
        fake()->server().set_faults({.fault = fault, .delay = 100ms});
        core::Result<void> revoked = revoke(made.id);
        fake()->server().set_faults({});
        if (!revoked) revoked = revoke(made.id);
        EXPECT_TRUE(revoked.has_value());
        EXPECT_FALSE(join(made, hostname).has_value());
    }
}

TEST_P(ConnectorSuite, ALostKeyDoesNotStayGood) {
    if (fake() == nullptr) GTEST_SKIP() << "the real thing has no faults to switch on";
    if (!traits().heals_lost_keys) GTEST_SKIP() << "here keys can't be told apart";
    list();  // whatever a first call has to fetch is there
    const std::size_t before = fake()->good_key_count();
    fake()->server().set_faults({.fault = Fault::reset, .count = 1, .method = "POST"});
    const auto lost = ask_key("suite-g");
    ASSERT_FALSE(lost.has_value()) << "making a key is not repeated blindly";
    EXPECT_EQ(lost.error().code, Code::network_unreachable);
    EXPECT_EQ(fake()->good_key_count(), before + 1);
    const NetworkKey made = key("suite-g");
    EXPECT_EQ(fake()->good_key_count(), before + 1) << "the lost one is revoked";
    const NetworkKey second = key("suite-g");
    EXPECT_EQ(fake()->good_key_count(), before + 2) << "one that was handed out stays";
    EXPECT_TRUE(revoke(made.id).has_value());
    EXPECT_TRUE(revoke(second.id).has_value());
}

TEST_P(ConnectorSuite, DeadlinesAreKept) {
    if (fake() == nullptr) GTEST_SKIP() << "the real thing is not slow on demand";
    const NetworkKey made = key("suite-h");
    // Each of these calls would take a minute; fakes::run() ends the test after half of one.
    fake()->server().set_faults({.fault = Fault::slow, .count = 99, .delay = 60s});
    const auto found = fakes::run(network().list_nodes(within(50ms)));
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, Code::network_timeout);
    EXPECT_FALSE(revoke(made.id, within(50ms)).has_value());
    EXPECT_FALSE(remove("1", within(50ms)).has_value());
    EXPECT_FALSE(push("1", core::TrustLevel::high, within(50ms)).has_value() &&
                 network().enforces_trust());
    fake()->server().set_faults({});
}

TEST_P(ConnectorSuite, WrongTypesAndSizesAreRefused) {
    if (fake() == nullptr) GTEST_SKIP() << "the real thing has no faults to switch on";
    for (const Fault fault : {Fault::wrong_type, Fault::too_large}) {
        SCOPED_TRACE(static_cast<int>(fault));
        fake()->server().set_faults({.fault = fault, .count = 99});
        const auto listed = fakes::run(network().list_nodes(within()));
        ASSERT_FALSE(listed.has_value());
        EXPECT_EQ(listed.error().code, Code::network_answer_invalid) << listed.error().detail;
        fake()->server().set_faults({});
    }
}

}  // namespace muster::networks
