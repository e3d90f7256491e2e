// The connector suite on Tailscale: the fake with an API key and with an OAuth client, and a real
// tailnet where MUSTER_TEST_TAILSCALE_* names one.
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "base/random.hpp"
#include "fakes/networks/tailscale_fake.hpp"
#include "networks/connector_test.hpp"
#include "networks/tailscale/tailscale.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;

enum class Login { api_key, oauth };

class TailscaleFakeWorld final : public ConnectorWorld {
public:
    explicit TailscaleFakeWorld(Login login) : m_fake(m_clock) {
        TailscaleOptions options;
        options.api.base_url = m_fake.base_url();
        options.api.retry_first = 1ms;
        options.api.retry_after_max = 0s;
        options.api.calls_per_second_max = 10'000;
        options.api.answer_bytes_max = 1024 * 1024;
        options.tags = {"tag:muster"};
        if (login == Login::api_key) {
            options.api_key = base::Secret<std::string>(fakes::TailscaleFake::api_key);
        } else {
            options.oauth_client_id = fakes::TailscaleFake::client_id;
            options.oauth_client_secret =
                base::Secret<std::string>(fakes::TailscaleFake::client_secret);
        }
        m_network = make_tailscale(std::move(options), m_clock, m_random);
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
    fakes::TailscaleFake m_fake;
    std::unique_ptr<Network> m_network;
};

INSTANTIATE_TEST_SUITE_P(
    Tailscale, ConnectorSuite,
    testing::Values(
        ConnectorCase{"api_key",
                      {.tags = {"tag:laptop"}, .tells_key = false},
                      [] { return std::make_unique<TailscaleFakeWorld>(Login::api_key); }},
        ConnectorCase{"oauth_client",
                      {.tells_key = false},
                      [] { return std::make_unique<TailscaleFakeWorld>(Login::oauth); }}),
    connector_name);

/// Nobody can join a real tailnet from here: what can be asked of it without a device is asked.
TEST(TailscaleForReal, ProbesMakesAndRevokesKeys) {
    const char* key = std::getenv("MUSTER_TEST_TAILSCALE_KEY");
    const char* tags = std::getenv("MUSTER_TEST_TAILSCALE_TAG");
    if (key == nullptr) GTEST_SKIP() << "MUSTER_TEST_TAILSCALE_KEY is not set";
    TailscaleOptions options;
    if (const char* url = std::getenv("MUSTER_TEST_TAILSCALE_URL")) options.api.base_url = url;
    options.api_key = base::Secret<std::string>(key);
    if (tags != nullptr) options.tags = {tags};
    const base::SystemClock clock;
    base::SystemRandom random;
    const auto network = make_tailscale(std::move(options), clock, random);
    const auto within = [] { return std::chrono::steady_clock::now() + 30s; };
    const auto probe = fakes::run(network->probe(within()));
    ASSERT_TRUE(probe.has_value()) << probe.error().detail;
    EXPECT_TRUE(fakes::run(network->list_nodes(within())).has_value());
    KeyRequest request{.device_id = "suite", .hostname = "suite", .tags = {}, .lifetime = 5min};
    const auto made = fakes::run(network->create_key(std::move(request), within()));
    ASSERT_TRUE(made.has_value()) << made.error().detail;
    EXPECT_TRUE(fakes::run(network->revoke_key(made->id, within())).has_value());
    EXPECT_TRUE(fakes::run(network->revoke_key(made->id, within())).has_value());
    EXPECT_TRUE(fakes::run(network->remove_node("nNobodyCNTRL", within())).has_value());
}

}  // namespace
}  // namespace muster::networks
