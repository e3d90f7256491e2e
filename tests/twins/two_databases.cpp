// One behaviour, two databases: the same random sequence of requests goes to a server on SQLite and
// to one on PostgreSQL, with the same clock and randomness, and every answer, letter and table must
// be the same. What names.hpp says of ids and known_differences.cpp of exceptions is all that may
// differ. Run by ./dev differential --two-databases, and by CTest.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "differential/memory_folder.hpp"
#include "twins/known_differences.hpp"
#include "twins/pair.hpp"
#include "twins/script.hpp"
#include "twins/shrinker.hpp"

namespace muster::twins {
namespace {

using Clock = std::chrono::steady_clock;

/// After so many steps there are other servers.
constexpr std::size_t steps_per_world = 1'250;
/// The tables are compared each time that so many steps are done, and at a world's end.
constexpr std::size_t steps_per_look = 50;

struct Options {
    std::uint64_t seed = 0;
    std::size_t count = 20'000;
    std::size_t first = 0;         ///< number of the first world: what a failure's replay names
    std::size_t fresh = 0;         ///< steps of a seed that the clock chooses, afterwards
    std::size_t requests_min = 0;  ///< of the steps: fewer are a failure
    std::size_t failures_max = 1;
    bool shrinks = true;
};

class Run {
public:
    explicit Run(const Options& options) : m_options(options) {}

    int run() {
        fmt::print("seed {}: {} steps\n", m_options.seed, m_options.count);
        std::fflush(stdout);
        const auto start = m_shown = Clock::now();
        std::size_t world = m_options.first;
        while (m_done < m_options.count && m_failures < m_options.failures_max) run_world(world++);
        const std::chrono::duration<double> taken = Clock::now() - start;
        fmt::print(
            "{} steps in {:.1f} s, {} of them requests; tables compared {} times; "
            "{} differences\n",
            m_done, taken.count(), m_requests, m_looks, m_failures);
        for (const auto& [what, count] : m_statuses) fmt::print("  {}: {}\n", what, count);
        for (const std::string_view why : known_reasons()) {
            fmt::print("  known difference: {}: {}\n", why, m_uses[why]);
        }
        if (m_failures > 0) return 1;
        if (m_requests >= m_options.requests_min) return 0;
        fmt::print("only {} requests, {} are asked for\n", m_requests, m_options.requests_min);
        return 1;
    }

private:
    void run_world(std::size_t number) {
        m_world = number;
        m_steps.clear();
        const std::uint64_t seed = m_options.seed * 1'000'003 + number;
        Pair pair(seed);
        Script script(seed ^ 0x5eedU, pair.first());
        take_world(pair, script);
        for (const auto& [why, count] : pair.uses()) m_uses[why] += count;
    }

    void take_world(Pair& pair, Script& script) {
        for (std::size_t i = 0; i < steps_per_world && m_done < m_options.count; ++i) {
            if (i % steps_per_look == 0 && !look(pair, script)) return;
            m_steps.push_back(script.next());
            const auto faults = pair.take(m_steps.back());
            note(m_steps.back(), pair.first_answer());
            if (!faults.empty()) {
                report(pair, faults);
                return;
            }
            script.learn(m_steps.back(), pair.first_answer());
        }
        look(pair, script);
    }

    /// False: the tables differ.
    bool look(Pair& pair, Script& script) {
        ++m_looks;
        const auto faults = pair.compare_tables();
        if (!faults.empty()) report(pair, faults);
        script.look(pair.tables());
        return faults.empty();
    }

    void note(const Step& step, const Answer& answer) {
        ++m_done;
        const bool asks = step.kind == Step::Kind::request;
        m_requests += asks ? 1 : 0;
        std::string what(word_of(step.kind));
        if (asks) {
            const std::string area = step.target.substr(0, step.target.find('/', 1));
            what = fmt::format("{} {} {}", area, step.method, answer.status);
        }
        ++m_statuses[what];
        if (Clock::now() - m_shown < std::chrono::seconds(1)) return;
        m_shown = Clock::now();
        fmt::print(stderr, "  {} of {} steps, world {}\n", m_done, m_options.count, m_world);
    }

    void report(const Pair& pair, const std::vector<std::string>& faults) {
        ++m_failures;
        fmt::print(
            "\nDIFFERENT after step {} of world {} (replay: ./dev differential "
            "--two-databases --seed {} --world {} --count {})\n",
            m_steps.size(), m_world, m_options.seed, m_world, m_steps.size());
        if (!m_steps.empty()) show(m_steps.back(), pair.first_answer(), pair.second_answer());
        for (const std::string& fault : faults) fmt::print("  * {}\n", fault);
        std::fflush(stdout);
        if (!m_options.shrinks || m_steps.empty()) return;
        const std::uint64_t seed = m_options.seed * 1'000'003 + m_world;
        const Shrunk shrunk = shrink(seed, m_steps, faults);
        fmt::print("\nThe shortest sequence found that shows it ({} of {} steps, {} trials):\n",
                   shrunk.steps.size(), m_steps.size(), shrunk.trials);
        for (std::size_t i = 0; i < shrunk.steps.size(); ++i) {
            show(shrunk.steps[i], shrunk.first[i], shrunk.second[i]);
        }
        for (const std::string& fault : shrunk.faults) fmt::print("  * {}\n", fault);
        std::fflush(stdout);
    }

    static void show(const Step& step, const Answer& first, const Answer& second) {
        fmt::print("  step {} at {}: {}\n", step.number, core::to_text(step.at),
                   word_of(step.kind));
        fmt::print("    {} {}\n", step.method, step.target);
        const auto decoded = base::decode_form(step.target);
        if (decoded && *decoded != step.target) fmt::print("    that is: {}\n", *decoded);
        for (const auto& [name, value] : step.headers) fmt::print("    {}: {}\n", name, value);
        if (!step.body.empty()) fmt::print("    {}\n", step.body);
        for (const auto& [name, answer] : {std::pair("SQLite", &first), {"PostgreSQL", &second}}) {
            fmt::print("    {}: {} {} {}{}\n", name, answer->status, answer->content_type,
                       answer->body.substr(0, 1'500), answer->thrown);
            for (const auto& header : answer->headers) {
                fmt::print("      {}: {}\n", header.name, header.value);
            }
        }
    }

    Options m_options;
    Clock::time_point m_shown;
    std::vector<Step> m_steps;
    std::size_t m_world = 0;
    std::size_t m_done = 0;
    std::size_t m_requests = 0;
    std::size_t m_looks = 0;
    std::size_t m_failures = 0;
    std::map<std::string, std::size_t> m_statuses;
    std::map<std::string_view, std::size_t> m_uses;  ///< of known differences
};

}  // namespace
}  // namespace muster::twins

int main(int argc, char** argv) {
    namespace twins = muster::twins;
    twins::Options options;
    options.seed = std::random_device{}() % 1'000'000;
    bool keeps = false;
    CLI::App app("The same random requests to a server on SQLite and one on PostgreSQL.");
    app.add_option("--seed", options.seed, "repeats a run (default: chance)");
    app.add_option("--count", options.count, "steps to take")->capture_default_str();
    app.add_option("--world", options.first, "the first pair of servers: replays a failure");
    app.add_option("--fresh", options.fresh, "steps of a seed that the clock chooses, afterwards");
    app.add_option("--requests", options.requests_min, "fail if fewer of the steps are requests");
    app.add_option("--failures", options.failures_max, "failures to show before stopping")
        ->capture_default_str();
    app.add_flag("--whole", keeps, "do not look for a shorter sequence that shows the failure");
    CLI11_PARSE(app, argc, argv);
    options.shrinks = !keeps;
    muster::differential::use_memory();
    try {
        const int failed = twins::Run(options).run();
        if (failed != 0 || options.fresh == 0) return failed;
        options.seed = static_cast<std::uint64_t>(std::time(nullptr));
        options.count = options.fresh;
        options.requests_min = 0;
        options.first = 0;
        return twins::Run(options).run();
    } catch (const std::exception& broken) {
        std::cerr << broken.what() << "\n";
        return 1;
    }
}
