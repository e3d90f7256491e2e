// The connector suite on NetBird's fake.
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

/// Lost keys are taken back at once, not later: netbird_test.cpp looks at that.
INSTANTIATE_TEST_SUITE_P(NetBird, ConnectorSuite,
                         testing::Values(ConnectorCase{
                             "groups",
                             {.tags = {"laptops"}, .heals_lost_keys = false},
                             [] { return std::make_unique<NetBirdFakeWorld>(); }}),
                         connector_name);

}  // namespace
}  // namespace muster::networks
