// The connector suite on the fakes of Headscale's lines, and on a real server with real clients if
// MUSTER_TEST_HEADSCALE_URL, _API_KEY, _USER and _JOIN are set (tests/networks/).
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

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

/// Joins by a program of the harness: the host name is its last argument, the key its input, the
/// node's id its output.
class HeadscaleRealWorld final : public ConnectorWorld {
public:
    HeadscaleRealWorld(const char* url, const char* api_key, const char* user, const char* join)
        : m_join(join) {
        HeadscaleOptions options;
        options.api.base_url = url;
        options.api_key = base::Secret<std::string>(api_key);
        options.user = user;
        options.tags = {"tag:suite"};
        options.trust_tags = true;
        m_network = make_headscale(std::move(options), m_clock, m_random);
    }
    Network& network() override { return *m_network; }
    std::optional<std::string> join(const std::string& secret,
                                    const std::string& hostname) override {
        const std::filesystem::path key =
            std::filesystem::temp_directory_path() / ("muster-key-" + hostname);
        std::ofstream(key) << secret;
        const std::string command = m_join + " " + hostname + " < " + key.string();
        std::FILE* output = ::popen(command.c_str(), "r");
        std::string node_id;
        for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) {
            if (c != '\n') node_id += static_cast<char>(c);
        }
        const bool was_let_in = ::pclose(output) == 0;
        std::filesystem::remove(key);
        return was_let_in ? std::optional(node_id) : std::nullopt;
    }
    fakes::FakeNetwork* fake() override { return nullptr; }

private:
    base::SystemClock m_clock;
    base::SystemRandom m_random;
    std::string m_join;
    std::unique_ptr<Network> m_network;
};

std::unique_ptr<ConnectorWorld> make_real() {
    const char* url = std::getenv("MUSTER_TEST_HEADSCALE_URL");
    const char* key = std::getenv("MUSTER_TEST_HEADSCALE_API_KEY");
    const char* user = std::getenv("MUSTER_TEST_HEADSCALE_USER");
    const char* join = std::getenv("MUSTER_TEST_HEADSCALE_JOIN");
    if (!url || !key || !user || !join) {
        std::cout << "no real Headscale: MUSTER_TEST_HEADSCALE_URL and its like are not set\n";
        return nullptr;
    }
    return std::make_unique<HeadscaleRealWorld>(url, key, user, join);
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
                         testing::Values(ConnectorCase{
                             "real", {.tags = {"tag:suite"}, .heals_lost_keys = false}, make_real}),
                         connector_name);

}  // namespace
}  // namespace muster::networks
