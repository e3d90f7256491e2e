// Differential fuzzing of the table API: requests that chance makes, valid and broken, against the
// oracle and the rules that hold for every answer. Run by ./dev differential, and smaller by CTest.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "differential/memory_folder.hpp"
#include "differential/request_maker.hpp"
#include "differential/roster_server.hpp"
#include "differential/shrinker.hpp"
#include "differential/verdict.hpp"

namespace muster::differential {
namespace {

using Clock = std::chrono::steady_clock;

/// After so many requests there is another roster.
constexpr std::size_t requests_per_world = 2'500;
/// A write that changes no more rows than this is kept now and then: the roster moves on.
constexpr unsigned kept_percent = 4;

struct Options {
    std::uint64_t seed = 0;
    std::size_t count = 100'000;
    std::size_t first = 0;  ///< number of the first world: what a failure's replay names
    double slow_seconds = 1;
    std::size_t failures_max = 5;
};

class Run {
public:
    explicit Run(const Options& options) : m_options(options) {}

    int run() {
        fmt::print("seed {}: {} requests\n", m_options.seed, m_options.count);
        std::fflush(stdout);
        m_start = m_shown = Clock::now();
        std::size_t world = m_options.first;
        while (m_done < m_options.count && m_failures < m_options.failures_max) run_world(world++);
        const std::chrono::duration<double> taken = Clock::now() - m_start;
        fmt::print(
            "{} requests in {:.1f} s, {} answered completely by the oracle ({} of them "
            "refused as too deep); slowest answer {:.0f} ms; {} failures\n",
            m_done, taken.count(), m_drafted, m_too_deep, m_slowest * 1000, m_failures);
        for (const auto& [status, count] : m_statuses) fmt::print("  {}: {}\n", status, count);
        return m_failures == 0 ? 0 : 1;
    }

private:
    void run_world(std::size_t number) {
        m_world = number;
        const std::uint64_t seed = m_options.seed * 1'000'003 + number;
        RosterServer server(seed);
        Verdicts verdicts(server, m_options.slow_seconds);
        Dice dice(seed ^ 0x5eedU);
        RequestMaker maker(dice, server.world(), server.askers());
        for (std::size_t i = 0; i < requests_per_world && m_done < m_options.count; ++i) {
            const Request request = maker.make();
            const Reply reply = server.send(request.call);
            const auto faults = verdicts.judge(request, reply);
            note(request, reply);
            if (!faults.empty()) report(server, verdicts, request, number, i);
            if (m_failures >= m_options.failures_max) return;
            if (server.changed() && dice.chance(kept_percent) && is_small(server)) {
                server.keep(request.call);
                verdicts.forget();
            }
        }
    }

    /// A deletion of everything would leave nothing to ask for.
    static bool is_small(const RosterServer& server) {
        std::size_t lost = 0;
        for (const auto& [name, rows] : server.world().tables) {
            const std::size_t now = server.changed()->rows(name).size();
            lost += rows.size() - std::min(rows.size(), now);
        }
        return lost <= 6;
    }

    void note(const Request& request, const Reply& reply) {
        ++m_done;
        m_drafted += request.read || request.write ? 1 : 0;
        m_slowest = std::max(m_slowest, reply.seconds);
        ++m_statuses[reply.status];
        m_too_deep += request.read && is_too_deep(reply) ? 1 : 0;
        if (Clock::now() - m_shown < std::chrono::seconds(1)) return;
        m_shown = Clock::now();
        // The world is what replays a crash, which shows nothing else.
        fmt::print(stderr, "  {} of {} requests, world {}, slowest {:.0f} ms\n", m_done,
                   m_options.count, m_world, m_slowest * 1000);
    }

    void report(RosterServer& server, Verdicts& verdicts, const Request& request, std::size_t world,
                std::size_t number) {
        ++m_failures;
        const Request small = shrink(request, [&](const Request& smaller) {
            return verdicts.judge(smaller, server.send(smaller.call));
        });
        const Reply reply = server.send(small.call);
        fmt::print("\nFAILED: request {} of world {} (replay: --seed {} --world {} --count {})\n",
                   number, world, m_options.seed, world, number + 1);
        fmt::print("  as {}\n  {} {}\n", server.askers().at(small.call.asker).name,
                   small.call.method, small.call.target);
        fmt::print("  that is: {}\n", base::decode_form(small.call.target).value_or("?"));
        for (const auto& [name, value] : small.call.headers) fmt::print("  {}: {}\n", name, value);
        if (!small.call.body.empty()) fmt::print("  {}\n", small.call.body);
        fmt::print("  -> {} {}\n", reply.status, reply.body.substr(0, 1'000));
        for (const std::string& fault : verdicts.judge(small, reply)) {
            fmt::print("  * {}\n", fault.substr(0, 2'000));
        }
    }

    Options m_options;
    Clock::time_point m_start, m_shown;
    std::size_t m_world = 0;
    std::size_t m_done = 0;
    std::size_t m_drafted = 0;
    std::size_t m_too_deep = 0;
    std::size_t m_failures = 0;
    double m_slowest = 0;
    std::map<unsigned, std::size_t> m_statuses;
};

}  // namespace
}  // namespace muster::differential

int main(int argc, char** argv) {
    namespace differential = muster::differential;
    differential::Options options;
    options.seed = std::random_device{}() % 1'000'000;
    CLI::App app("Differential fuzzing of the table API.");
    app.add_option("--seed", options.seed, "repeats a run (default: chance)");
    app.add_option("--count", options.count, "requests to send")->capture_default_str();
    app.add_option("--world", options.first, "the first roster: replays a failure");
    app.add_option("--slow", options.slow_seconds, "seconds that an answer may take")
        ->capture_default_str();
    app.add_option("--failures", options.failures_max, "failures to show before stopping")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    differential::use_memory();
    return differential::Run(options).run();
}
