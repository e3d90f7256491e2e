// A fake of one network's API as a program, for end-to-end suites:
//   fake_network NETWORK --listen 127.0.0.1:PORT        (0: a free port)
// prints "listening on URL", then a line "NAME VALUE" for each thing that a connector needs to
// know, then "ready"; runs until it is sent SIGTERM or its standard input ends. What happens on the
// network is switched over /fake/... paths: src/fakes/networks/fake_network.hpp.
// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "fakes/networks/headscale_fake.hpp"
#include "fakes/networks/netbird_fake.hpp"
#include "fakes/networks/tailscale_fake.hpp"

namespace {

using muster::fakes::FakeNetwork;
using muster::fakes::FakeServerOptions;

constexpr std::string_view loopback = "127.0.0.1:";

struct NetworkRow {
    std::string_view name;
    std::unique_ptr<FakeNetwork> (*make)(const muster::base::Clock&, FakeServerOptions);
};

template <class Fake>
std::unique_ptr<FakeNetwork> make(const muster::base::Clock& clock, FakeServerOptions options) {
    return std::make_unique<Fake>(clock, std::move(options));
}

/// Of version 0.MINOR, with a policy that knows the trust tags.
template <int minor>
std::unique_ptr<FakeNetwork> make_headscale(const muster::base::Clock& clock,
                                            FakeServerOptions options) {
    muster::fakes::HeadscaleFakeOptions fake;
    fake.minor = minor;
    fake.policy =
        R"({"tagOwners":{"tag:muster-high":[],"tag:muster-medium":[],"tag:muster-low":[]}})";
    fake.server = std::move(options);
    return std::make_unique<muster::fakes::HeadscaleFake>(std::move(fake), clock);
}

std::unique_ptr<FakeNetwork> make_netbird(const muster::base::Clock& clock,
                                          FakeServerOptions options) {
    muster::fakes::NetBirdFakeOptions fake;
    fake.open_policy = false;
    fake.server = std::move(options);
    return std::make_unique<muster::fakes::NetBirdFake>(std::move(fake), clock);
}

constexpr NetworkRow networks[] = {
    {"tailscale", &make<muster::fakes::TailscaleFake>},
    {"headscale", &make_headscale<29>},
    {"headscale-0.26", &make_headscale<26>},
    {"headscale-0.30", &make_headscale<30>},
    {"netbird", &make_netbird},
};

int explain() {
    fmt::print(stderr, "usage: fake_network NETWORK --listen 127.0.0.1:PORT; NETWORK is one of:");
    for (const NetworkRow& row : networks) fmt::print(stderr, " {}", row.name);
    fmt::print(stderr, "\n");
    return 2;
}

bool parse_listen(std::string_view text, FakeServerOptions& options) {
    if (!text.starts_with(loopback)) return false;
    text.remove_prefix(loopback.size());
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, options.port);
    return error == std::errc() && rest == end;
}

int run(const NetworkRow& row, FakeServerOptions options) {
    const muster::base::SystemClock clock;
    const auto network = row.make(clock, std::move(options));
    fmt::print("listening on {}\n", network->server().url());
    for (const auto& [name, value] : network->settings()) fmt::print("{} {}\n", name, value);
    fmt::print("ready\n");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}

}  // namespace

int main(int count, char** words) {
    FakeServerOptions options;
    const bool is_readable =
        count == 4 && std::string_view(words[2]) == "--listen" && parse_listen(words[3], options);
    if (!is_readable) return explain();
    for (const NetworkRow& row : networks) {
        if (row.name == words[1]) return run(row, std::move(options));
    }
    return explain();
}
