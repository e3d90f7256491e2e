// The connector suite on NetBird's fake, and on a real server with real clients where
// tests/networks/run_connector_suite.py has started them.
// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"
#include "fakes/networks/netbird_fake.hpp"
#include "networks/connector_test.hpp"
#include "networks/netbird/netbird.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;

class NetBirdFakeWorld final : public ConnectorWorld {
public:
    NetBirdFakeWorld() : m_fake({.open_policy = false}, m_clock) {
        NetBirdOptions options;
        options.api.base_url = m_fake.url();
        options.api.retry_first = 1ms;
        options.api.retry_after_max = 0s;
        options.api.calls_per_second_max = 10'000;
        options.api.answer_bytes_max = 1024 * 1024;
        options.token = base::Secret<std::string>("nbp_fake");
        m_network = make_netbird(std::move(options), m_clock, m_random);
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
    fakes::NetBirdFake m_fake;
    std::unique_ptr<Network> m_network;
};

constexpr const char* real_prefix = "MUSTER_TEST_NETBIRD";

std::unique_ptr<ConnectorWorld> make_real_world() {
    static const base::SystemClock clock;
    static base::SystemRandom random;
    const auto settings = real_settings(real_prefix, {"URL", "TOKEN"});
    if (!settings) return nullptr;
    NetBirdOptions options;
    options.api.base_url = (*settings)[0];
    options.token = base::Secret((*settings)[1]);
    return std::make_unique<RealWorld>(real_prefix,
                                       make_netbird(std::move(options), clock, random));
}

/// Lost keys are taken back at once, not later: netbird_test.cpp looks at that.
INSTANTIATE_TEST_SUITE_P(NetBird, ConnectorSuite,
                         testing::Values(ConnectorCase{
                             "groups",
                             {.tags = {"laptops"}, .heals_lost_keys = false},
                             [] { return std::make_unique<NetBirdFakeWorld>(); }}),
                         connector_name);

INSTANTIATE_TEST_SUITE_P(RealNetBird, ConnectorSuite,
                         testing::Values(ConnectorCase{"real",
                                                       {.tags = {"laptops"},
                                                        .service = {"servers"},
                                                        .heals_lost_keys = false},
                                                       make_real_world}),
                         connector_name);

}  // namespace
}  // namespace muster::networks
