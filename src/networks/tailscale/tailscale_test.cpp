// What is particular to Tailscale: tokens, tags, posture, and its refusals.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/tailscale.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "fakes/certificate.hpp"
#include "fakes/clock.hpp"
#include "fakes/networks/tailscale_fake.hpp"
#include "fakes/random.hpp"
#include "fakes/run.hpp"

namespace muster::networks {
namespace {

using core::Code;
using fakes::Fault;
using fakes::TailscaleFake;
using namespace std::chrono_literals;

class TailscaleTest : public testing::Test {
protected:
    TailscaleTest() {
        options.api.base_url = m_fake.base_url();
        options.api.retry_first = 1ms;
        options.api.calls_per_second_max = 10'000;
        options.oauth_client_id = TailscaleFake::client_id;
        options.oauth_client_secret = base::Secret<std::string>(TailscaleFake::client_secret);
        options.tags = {"tag:muster"};
    }
    void use_api_key(std::string key = TailscaleFake::api_key) {
        options.oauth_client_id.clear();
        options.api_key = base::Secret(std::move(key));
    }
    Network& network() {
        if (!m_network) m_network = make_tailscale(options, m_clock, m_random);
        return *m_network;
    }
    static Deadline within(std::chrono::milliseconds patience = 20s) {
        return std::chrono::steady_clock::now() + patience;
    }
    core::Result<std::vector<Node>> list() { return fakes::run(network().list_nodes(within())); }
    core::Result<Probe> probe() { return fakes::run(network().probe(within())); }
    core::Result<NetworkKey> make_key(std::vector<std::string> tags = {}) {
        KeyRequest request{.device_id = "d-1", .hostname = "pc", .tags = std::move(tags)};
        return fakes::run(network().create_key(std::move(request), within()));
    }
    core::Result<void> push(std::vector<TrustMark> marks, std::chrono::seconds lifetime = 1h) {
        return fakes::run(network().push_trust(std::move(marks), lifetime, within()));
    }
    std::optional<Node> by_node(const std::string& node_id) {
        NodeQuery query{.node_id = node_id};
        return fakes::run(network().find_node(std::move(query), within())).value();
    }
    std::size_t count_requests(std::string_view start) {
        const auto requests = m_fake.server().requests();
        return static_cast<std::size_t>(std::ranges::count_if(
            requests, [&](const std::string& request) { return request.starts_with(start); }));
    }

    fakes::FakeClock m_clock;
    fakes::FakeRandom m_random;
    TailscaleFake m_fake{m_clock};
    TailscaleOptions options;

private:
    std::unique_ptr<Network> m_network;
};

// Tokens.

TEST_F(TailscaleTest, KeepsTheTokenUntilShortlyBeforeItsEnd) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(list().has_value());
    EXPECT_EQ(m_fake.token_count(), 1u);
    m_clock.advance(3540s - 1us);
    EXPECT_TRUE(list().has_value());
    EXPECT_EQ(m_fake.token_count(), 1u);
    m_clock.advance(1us);
    EXPECT_TRUE(list().has_value());
    EXPECT_EQ(m_fake.token_count(), 2u);
}

TEST_F(TailscaleTest, OverlappingCallsShareOneRefresh) {
    m_fake.server().set_faults({.fault = Fault::slow, .method = "POST", .delay = 100ms});
    int done = 0;
    auto all = [&]() -> boost::asio::awaitable<bool> {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto one = [&]() -> boost::asio::awaitable<void> {
            const auto nodes = co_await network().list_nodes(within());
            if (nodes) ++done;
        };
        for (int i = 0; i < 5; ++i) {
            boost::asio::co_spawn(executor, one(), boost::asio::detached);
        }
        co_await one();
        while (done < 6) {
            boost::asio::steady_timer timer(executor, 1ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return true;
    };
    EXPECT_TRUE(fakes::run(all()));
    EXPECT_EQ(m_fake.token_count(), 1u);
}

TEST_F(TailscaleTest, ReplacesATokenThatIsNotTakenOnce) {
    EXPECT_TRUE(list().has_value());
    m_fake.revoke_tokens();
    EXPECT_TRUE(make_key().has_value()) << "a 401 took no effect: also a POST is asked again";
    EXPECT_EQ(m_fake.token_count(), 2u);
    EXPECT_EQ(m_fake.good_key_count(), 1u);
}

TEST_F(TailscaleTest, RefusesWrongCredentials) {
    options.oauth_client_secret = base::Secret<std::string>("wrong");
    const auto refused = list();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_refused);
    EXPECT_EQ(refused.error().detail.find("wrong"), std::string::npos);
    EXPECT_EQ(count_requests("GET"), 0u);
    EXPECT_EQ(count_requests("POST"), 1u);
}

TEST_F(TailscaleTest, RefusesAWrongApiKeyWithoutRepeating) {
    use_api_key("wrong");
    const auto refused = list();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_refused);
    EXPECT_TRUE(refused.error().detail.starts_with("401: API token invalid (request fake-"));
    EXPECT_EQ(m_fake.server().requests().size(), 1u);
}

TEST_F(TailscaleTest, NamesItsTailnet) {
    use_api_key();
    options.tailnet = "example.org";
    EXPECT_TRUE(list().has_value());
    EXPECT_EQ(m_fake.server().requests().front(), "GET /api/v2/tailnet/example.org/devices");
}

TEST_F(TailscaleTest, TrustsOnlyItsCertificateAuthority) {
    const fakes::TestCertificate certificate("localhost");
    const fakes::TestCertificate stranger("localhost");
    TailscaleFake over_tls(m_clock, {.tls = certificate.files()});
    options.api.base_url = over_tls.base_url();
    options.api.ca_file = stranger.certificate_file();
    const auto refused = list();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_unreachable);
    EXPECT_TRUE(over_tls.server().requests().empty()) << "no credentials were sent";
    options.api.ca_file = certificate.certificate_file();
    const auto mine = make_tailscale(options, m_clock, m_random);
    EXPECT_TRUE(fakes::run(mine->list_nodes(within())).has_value());
}

// The credentials' test.

TEST_F(TailscaleTest, ProbeSaysWhatWillNotWork) {
    m_fake.log_in("pc", "ana@example.org");
    struct Case {
        const char* name;
        const char* scopes;
        bool has_posture;
        std::vector<std::string> tags;
        std::vector<std::string> parts;  // one of each warning, in order
    };
    const Case cases[] = {
        {"all is well", "all", true, {"tag:a"}, {}},
        {"exactly enough",
         "devices:core auth_keys devices:posture_attributes",
         true,
         {"tag:a"},
         {}},
        {"no tags", "all", true, {}, {"no tags"}},
        {"may only read",
         "devices:core:read",
         true,
         {"tag:a"},
         {"scope devices:core", "scope auth_keys", "scope devices:posture_attributes",
          "keys are refused", "posture attributes are refused"}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        m_fake.set_scopes(c.scopes);
        options.tags = c.tags;
        const auto tested = make_tailscale(options, m_clock, m_random);
        const auto probe = fakes::run(tested->probe(within()));
        ASSERT_TRUE(probe.has_value()) << probe.error().detail;
        EXPECT_EQ(probe->description, "tailnet tail1234.ts.net, 1 devices");
        ASSERT_EQ(probe->warnings.size(), c.parts.size());
        for (std::size_t i = 0; i < c.parts.size(); ++i) {
            EXPECT_NE(probe->warnings[i].find(c.parts[i]), std::string::npos) << probe->warnings[i];
        }
    }
    EXPECT_EQ(count_requests("PATCH") + count_requests("DELETE"), 0u) << "it changes nothing";
}

TEST_F(TailscaleTest, ProbeFailsWhereDevicesCantBeRead) {
    m_fake.set_scopes("auth_keys");
    const auto refused = probe();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_refused);
}

// Keys.

TEST_F(TailscaleTest, OAuthKeysNeedTags) {
    options.tags.clear();
    const auto refused = make_key();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_refused);
    EXPECT_TRUE(m_fake.server().requests().empty()) << "what is known to fail is not asked";
    EXPECT_TRUE(make_key({"tag:prod"}).has_value());
    const auto unknown = make_key({"tag:other"});
    ASSERT_FALSE(unknown.has_value());
    EXPECT_NE(unknown.error().detail.find("invalid or not permitted"), std::string::npos);
}

TEST_F(TailscaleTest, AKeyThatLetsNobodyInIsRevokedEnough) {
    const auto expired = make_key();
    m_clock.advance(25h);
    EXPECT_EQ(m_fake.good_key_count(), 0u);
    const auto revoked = fakes::run(network().revoke_key(expired->id, within()));
    EXPECT_TRUE(revoked.has_value()) << revoked.error().detail;
    m_fake.set_scopes("devices:core");
    m_fake.revoke_tokens();
    EXPECT_FALSE(fakes::run(network().revoke_key(expired->id, within())).has_value())
        << "without the right to look, nothing is known";
}

TEST_F(TailscaleTest, RevokesALostKeyAndNoOther) {
    use_api_key();
    const auto earlier = make_key();
    m_fake.server().set_faults({.fault = Fault::reset, .method = "POST"});
    EXPECT_FALSE(make_key().has_value());
    m_fake.server().set_faults({.fault = Fault::error, .count = 3, .method = "GET"});
    EXPECT_TRUE(make_key().has_value()) << "what can't be mended yet is no reason to wait";
    EXPECT_EQ(m_fake.good_key_count(), 3u);
    EXPECT_TRUE(make_key().has_value());
    EXPECT_EQ(m_fake.good_key_count(), 3u) << "the lost one is gone, the handed out ones are good";
}

// Nodes.

TEST_F(TailscaleTest, LeavesSharedDevicesAlone) {
    const std::string external = m_fake.share_in("guest");
    const std::string own = m_fake.log_in("pc", "ana@example.org");
    const auto nodes = list();
    ASSERT_TRUE(nodes.has_value());
    ASSERT_EQ(nodes->size(), 1u);
    EXPECT_EQ(nodes->front().sighting.node_id, own);
    EXPECT_FALSE(by_node(external).has_value());
    const auto refused = fakes::run(network().remove_node(external, within()));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_refused);
    EXPECT_NE(refused.error().detail.find("shared in"), std::string::npos);
    EXPECT_EQ(count_requests("DELETE"), 1u);
}

TEST_F(TailscaleTest, TellsTwoOfOneNameByTheirAge) {
    m_fake.log_in("pc", "ana@example.org");
    m_clock.advance(10s);
    const auto key = make_key();
    NodeQuery query{.key_id = key->id, .hostname = "pc", .key_created_at = m_clock.now()};
    const auto find = [&] { return fakes::run(network().find_node(query, within())).value(); };
    EXPECT_FALSE(find().has_value()) << "the older one is somebody else's";
    m_clock.advance(10s);
    const auto node_id = m_fake.join(key->secret.reveal(), "pc");
    ASSERT_TRUE(find().has_value());
    EXPECT_EQ(find()->sighting.node_id, node_id);
    EXPECT_EQ(find()->name, "pc-1.tail1234.ts.net");
    m_fake.log_in("pc", "eve@example.org");
    EXPECT_FALSE(find().has_value()) << "two could be it";
}

// Trust.

TEST_F(TailscaleTest, PushedTrustIsForgottenInSilence) {
    const std::string node = m_fake.log_in("pc", "ana@example.org");
    ASSERT_TRUE(push({{node, core::TrustLevel::high}}, 1h).has_value());
    EXPECT_EQ(m_fake.find_trust(node), "high");
    m_clock.advance(1h);
    EXPECT_FALSE(m_fake.find_trust(node).has_value());
}

TEST_F(TailscaleTest, PushesInBatchesAndPastWhatIsGone) {
    std::vector<TrustMark> marks;
    for (int i = 0; i < 401; ++i) {
        marks.push_back(
            {m_fake.log_in("pc" + std::to_string(i), "ana@example.org"), core::TrustLevel::medium});
    }
    ASSERT_TRUE(push(marks).has_value());
    EXPECT_EQ(count_requests("PATCH"), 3u);
    EXPECT_EQ(m_fake.find_trust(marks.back().node_id), "medium");

    for (TrustMark& mark : marks) mark.level = core::TrustLevel::high;
    marks[7].node_id = "n1CNTRL";
    marks[400].node_id = "n2CNTRL";
    ASSERT_TRUE(push(marks).has_value());
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (i != 7 && i != 400) {
            EXPECT_EQ(m_fake.find_trust(marks[i].node_id), "high") << i;
        }
    }
    EXPECT_LT(count_requests("PATCH"), 30u);
    EXPECT_TRUE(push({}).has_value());
}

TEST_F(TailscaleTest, APlanWithoutAttributesIsNotAskedAgainAndAgain) {
    const std::string node = m_fake.log_in("pc", "ana@example.org");
    m_fake.set_has_posture(false);
    testing::internal::CaptureStderr();
    const auto refused = push({{node, core::TrustLevel::high}});
    const std::string log = testing::internal::GetCapturedStderr();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::network_refused);
    EXPECT_NE(refused.error().detail.find("feature not available on current billing plan"),
              std::string::npos);
    EXPECT_NE(log.find("network_enforcement_off"), std::string::npos);
    EXPECT_NE(log.find(R"("minutes":360)"), std::string::npos);
    EXPECT_FALSE(network().enforces_trust());
    EXPECT_FALSE(push({{node, core::TrustLevel::high}}).has_value());
    EXPECT_EQ(count_requests("PATCH"), 1u);
    m_clock.advance(360min);
    EXPECT_TRUE(network().enforces_trust());
    m_fake.set_has_posture(true);
    EXPECT_TRUE(push({{node, core::TrustLevel::high}}).has_value());
}

TEST_F(TailscaleTest, EnforcesNothingWithoutAnAttribute) {
    options.posture_attribute.clear();
    EXPECT_FALSE(network().enforces_trust());
    EXPECT_FALSE(push({{"n1", core::TrustLevel::high}}).has_value());
    EXPECT_TRUE(m_fake.server().requests().empty());
}

TEST_F(TailscaleTest, HasNoEventsToAskFor) {
    EXPECT_FALSE(network().has_events());
    const auto page = fakes::run(network().events_since("", within()));
    ASSERT_TRUE(page.has_value());
    EXPECT_TRUE(page->events.empty());
    EXPECT_FALSE(page->cursor.empty());
}

}  // namespace
}  // namespace muster::networks
