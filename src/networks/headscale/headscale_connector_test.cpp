// The connector suite on the fakes of Headscale's lines, and on a real server with real clients
// where tests/networks/run_connector_suite.py has started them.
// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"
#include "fakes/networks/headscale_fake.hpp"
#include "networks/connector_test.hpp"
#include "networks/headscale/headscale.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;

constexpr const char* suite_policy = R"({"tagOwners": {"tag:suite": [], "tag:muster-high": [],
    "tag:muster-medium": [], "tag:muster-low": []}})";

class HeadscaleFakeWorld final : public ConnectorWorld {
public:
    HeadscaleFakeWorld(int minor, bool trust_tags)
        : m_fake({.minor = minor, .policy = suite_policy}, m_clock) {
        HeadscaleOptions options;
        options.api.base_url = m_fake.url();
        options.api.retry_first = 1ms;
        options.api.retry_after_max = 0s;
        options.api.calls_per_second_max = 10'000;
        options.api.answer_bytes_max = 1024 * 1024;
        options.api_key = base::Secret<std::string>("hskey-api-fake000000-fake");
        options.user = "muster";
        if (trust_tags) options.tags = {"tag:suite"};
        options.trust_tags = trust_tags;
        m_network = make_headscale(std::move(options), m_clock, m_random);
    }
    Network& network() override { return *m_network; }
    std::optional<std::string> join(const std::string& secret,
                                    const std::string& hostname) override {
        return m_fake.join(secret, hostname);
    }
    fakes::FakeNetwork* fake() override { return &m_fake; }

private:
    base::SystemClock m_clock;
    base::SystemRandom m_random;
    fakes::HeadscaleFake m_fake;
    std::unique_ptr<Network> m_network;
};

constexpr const char* real_prefix = "MUSTER_TEST_HEADSCALE";

std::unique_ptr<ConnectorWorld> make_real_world() {
    static const base::SystemClock clock;
    static base::SystemRandom random;
    const auto settings = real_settings(real_prefix, {"URL", "API_KEY", "USER"});
    if (!settings) return nullptr;
    HeadscaleOptions options;
    options.api.base_url = (*settings)[0];
    options.api_key = base::Secret((*settings)[1]);
    options.user = (*settings)[2];
    options.tags = {"tag:suite"};
    options.trust_tags = true;
    return std::make_unique<RealWorld>(real_prefix,
                                       make_headscale(std::move(options), clock, random));
}

INSTANTIATE_TEST_SUITE_P(
    Headscale, ConnectorSuite,
    testing::Values(ConnectorCase{"v0_28",
                                  {.tags = {"tag:suite"}, .heals_lost_keys = false},
                                  [] { return std::make_unique<HeadscaleFakeWorld>(28, true); }},
                    ConnectorCase{"v0_29",
                                  {.tags = {"tag:suite"}, .heals_lost_keys = false},
                                  [] { return std::make_unique<HeadscaleFakeWorld>(29, true); }},
                    ConnectorCase{"v0_29_without_tags",
                                  {.heals_lost_keys = false},
                                  [] { return std::make_unique<HeadscaleFakeWorld>(29, false); }},
                    ConnectorCase{"v0_30",
                                  {.tags = {"tag:suite"}, .heals_lost_keys = false},
                                  [] { return std::make_unique<HeadscaleFakeWorld>(30, true); }}),
    connector_name);

INSTANTIATE_TEST_SUITE_P(RealHeadscale, ConnectorSuite,
                         testing::Values(ConnectorCase{"real",
                                                       {.tags = {"tag:suite"},
                                                        .service = {"tag:server"},
                                                        .heals_lost_keys = false},
                                                       make_real_world}),
                         connector_name);

}  // namespace
}  // namespace muster::networks
