// muster_load: enrols devices over HTTP as fast as the server lets it, checks every answer, and
// says how fast that was. The server must run on its simulated network without a join delay (or
// use --retry-check) and without rate limits.
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "enrollment_flow.hpp"
#include "load_run.hpp"

namespace {

using muster::bench::Latencies;
using muster::bench::LoadOptions;
using muster::bench::LoadReport;

struct Arguments {
    std::string url;
    std::string access_token_file;
    std::string api_key_file;
    double seconds = 5;
    std::uint64_t flows = 0;
    bool json = false;
};

/// From the file, or else from the environment: a command line is visible to everybody.
std::string read_secret(const std::string& file, const char* variable) {
    std::string text;
    if (!file.empty()) {
        std::ifstream(file) >> text;
    } else if (const char* value = std::getenv(variable)) {
        text = value;
    }
    if (text.empty())
        throw CLI::ValidationError(variable, "neither the file nor the variable is set");
    return text;
}

std::string json_of(const Latencies& latencies) {
    return fmt::format(R"({{"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})", latencies.at(0.5),
                       latencies.at(0.99), latencies.at(1));
}

void print_json(const LoadReport& report) {
    std::string steps;
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        steps += fmt::format("{}\"{}\":{}", i == 0 ? "" : ",", muster::bench::step_names[i],
                             json_of(report.steps[i]));
    }
    fmt::print(R"({{"flows":{},"seconds":{:.3f},"flows_per_second":{:.1f},"errors":{},)"
               R"("steps":{{{}}},"flow":{}}})"
               "\n",
               report.flows, report.elapsed.count(), report.flows_per_second(), report.errors,
               steps, json_of(report.flow));
}

void print_row(std::string_view name, const Latencies& latencies) {
    fmt::print("{:<24}{:>10.2f}{:>10.2f}{:>10.2f}\n", name, latencies.at(0.5), latencies.at(0.99),
               latencies.at(1));
}

void print_table(const LoadReport& report) {
    fmt::print("{} flows in {:.2f} s: {:.0f} flows/s, {} errors\n\n", report.flows,
               report.elapsed.count(), report.flows_per_second(), report.errors);
    fmt::print("{:<24}{:>10}{:>10}{:>10}\n", "milliseconds", "p50", "p99", "max");
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        print_row(muster::bench::step_names[i], report.steps[i]);
    }
    print_row("whole flow", report.flow);
}

void add_options(CLI::App& app, Arguments& arguments, LoadOptions& options) {
    app.add_option("--url", arguments.url, "Server, as http://HOST:PORT")->required();
    app.add_option("--access-token-file", arguments.access_token_file,
                   "File with a signed-in user's access token (else MUSTER_ACCESS_TOKEN)");
    app.add_option("--api-key-file", arguments.api_key_file,
                   "File with the anon key (else MUSTER_ANON_KEY)");
    app.add_option("--connections", options.connections, "Keep-alive connections")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--seconds", arguments.seconds, "Start no flow after this long")
        ->check(CLI::Range(0.01, 3'600.0))
        ->capture_default_str();
    app.add_option("--flows", arguments.flows, "Start no more flows than these; 0: no limit");
    app.add_flag("--retry-check", options.retry_check, "Ask again while a device has not joined");
    app.add_flag("--json", arguments.json, "One JSON object instead of a table");
}

int run(const Arguments& arguments, LoadOptions& options) {
    const auto endpoint = muster::bench::parse_url(arguments.url);
    if (!endpoint) throw CLI::ValidationError("--url", "not http://HOST:PORT");
    options.endpoint = *endpoint;
    options.access_token = read_secret(arguments.access_token_file, "MUSTER_ACCESS_TOKEN");
    options.api_key = read_secret(arguments.api_key_file, "MUSTER_ANON_KEY");
    options.duration = std::chrono::milliseconds(static_cast<int>(arguments.seconds * 1'000));
    if (arguments.flows > 0) options.flows_max = arguments.flows;

    const LoadReport report = muster::bench::run_load(options);
    arguments.json ? print_json(report) : print_table(report);
    for (const std::string& text : report.error_texts) fmt::print(stderr, "error: {}\n", text);
    return report.errors == 0 && report.flows > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Enrols devices as fast as a Muster server lets it and checks every answer.");
    Arguments arguments;
    LoadOptions options;
    add_options(app, arguments, options);
    try {
        app.parse(argc, argv);
        return run(arguments, options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const muster::bench::BrokenExchange& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 3;
    }
}
