// muster_reads: asks a server for the same kind of thing over and over, on many connections or on
// one, checks that each answer is a 200, and says how fast that was. With --post it sends bodies.
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "exchange.hpp"
#include "latencies.hpp"
#include "poller.hpp"

namespace {

using muster::bench::BrokenExchange;
using muster::bench::Endpoint;
using muster::bench::Exchange;
using muster::bench::Latencies;
using Clock = std::chrono::steady_clock;

struct Arguments {
    std::string url;
    std::string paths_file;
    std::string post_path;  ///< empty: GET each line's path
    int connections = 64;
    double seconds = 5;
};

struct Slot {
    Exchange exchange;
    Clock::time_point asked{};
    bool waiting = false;
};

struct Report {
    std::uint64_t answers = 0;
    std::uint64_t bytes = 0;
    double elapsed_seconds = 0;
    Latencies latencies;
};

std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

/// Whole requests, one for each line of the file. The keys come from the environment: a command
/// line is visible to everybody.
std::vector<std::string> read_requests(const Arguments& arguments, const Endpoint& endpoint) {
    std::string head = fmt::format("Host: {}:{}\r\n", endpoint.host, endpoint.port);
    if (const std::string key = variable("MUSTER_ANON_KEY"); !key.empty()) {
        head += "apikey: " + key + "\r\n";
    }
    if (const std::string token = variable("MUSTER_ACCESS_TOKEN"); !token.empty()) {
        head += "Authorization: Bearer " + token + "\r\n";
    }
    std::vector<std::string> requests;
    std::ifstream file(arguments.paths_file);
    for (std::string line; std::getline(file, line);) {
        if (arguments.post_path.empty()) {
            requests.push_back(fmt::format("GET {} HTTP/1.1\r\n{}\r\n", line, head));
        } else {
            requests.push_back(
                fmt::format("POST {} HTTP/1.1\r\n{}Content-Type: application/json\r\n"
                            "Content-Length: {}\r\n\r\n{}",
                            arguments.post_path, head, line.size(), line));
        }
    }
    if (requests.empty()) throw CLI::ValidationError("--paths-file", "holds no line");
    return requests;
}

class ReadRun {
public:
    ReadRun(const Arguments& arguments, const Endpoint& endpoint, std::vector<std::string> requests)
        : m_requests(std::move(requests)),
          m_stop_at(Clock::now() +
                    std::chrono::milliseconds(static_cast<int>(arguments.seconds * 1'000))) {
        for (int i = 0; i < arguments.connections; ++i) {
            m_slots.push_back({Exchange(endpoint)});
            m_poller.watch(m_slots.back().exchange.descriptor(), m_slots.size() - 1);
        }
    }

    Report run() {
        constexpr std::chrono::seconds drain_max{10};
        const auto began = Clock::now();
        for (Slot& slot : m_slots) ask(slot);
        while (m_waiting > 0 && Clock::now() < m_stop_at + drain_max) {
            m_poller.wait(std::chrono::milliseconds(100),
                          [this](std::size_t index) { take(m_slots[index]); });
        }
        if (m_waiting > 0) throw BrokenExchange("answers are missing");
        m_report.elapsed_seconds = std::chrono::duration<double>(Clock::now() - began).count();
        m_report.latencies.sort();
        return std::move(m_report);
    }

private:
    void ask(Slot& slot) {
        if (Clock::now() >= m_stop_at) return;
        slot.waiting = true;
        ++m_waiting;
        slot.asked = Clock::now();
        slot.exchange.send(m_requests[m_random() % m_requests.size()]);
    }

    void take(Slot& slot) {
        const auto reply = slot.exchange.receive();
        if (!reply) return;
        if (!slot.waiting) throw BrokenExchange("an answer that nobody asked for");
        if (reply->status != 200) {
            throw BrokenExchange(fmt::format("status {}", reply->status));
        }
        m_report.latencies.add(Clock::now() - slot.asked);
        ++m_report.answers;
        m_report.bytes += reply->body.size();
        slot.waiting = false;
        --m_waiting;
        ask(slot);
    }

    std::vector<std::string> m_requests;
    Clock::time_point m_stop_at;
    muster::bench::Poller m_poller;
    std::vector<Slot> m_slots;
    std::mt19937 m_random{1};
    std::size_t m_waiting = 0;
    Report m_report;
};

int run(const Arguments& arguments) {
    const auto endpoint = muster::bench::parse_url(arguments.url);
    if (!endpoint) throw CLI::ValidationError("--url", "not http://HOST:PORT");
    const Report report = ReadRun(arguments, *endpoint, read_requests(arguments, *endpoint)).run();
    fmt::print(R"({{"answers":{},"per_second":{:.0f},"bytes":{:.0f},)"
               R"("p50_ms":{:.4f},"p99_ms":{:.4f}}})"
               "\n",
               report.answers, static_cast<double>(report.answers) / report.elapsed_seconds,
               static_cast<double>(report.bytes) / static_cast<double>(report.answers),
               report.latencies.at(0.5), report.latencies.at(0.99));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Asks a Muster server as fast as it lets it; prints one JSON object.");
    Arguments arguments;
    app.add_option("--url", arguments.url, "Server, as http://HOST:PORT")->required();
    app.add_option("--paths-file", arguments.paths_file,
                   "What to ask for: a line is a path with query, or a body for --post")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--post", arguments.post_path, "Send each line as JSON to this path");
    app.add_option("--connections", arguments.connections, "Keep-alive connections")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--seconds", arguments.seconds, "Duration")
        ->check(CLI::Range(0.01, 3'600.0))
        ->capture_default_str();
    try {
        app.parse(argc, argv);
        return run(arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const BrokenExchange& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 3;
    }
}
