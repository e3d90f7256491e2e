// bench_bare_sqlite: the physical limit that the server is measured against. It writes the rows of
// whole enrolments with bare SQLite, many units in one transaction as the server's group commit
// does, on one thread and without HTTP, checks or rules; and it counts what the disk can flush.
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <filesystem>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bare_database.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using muster::bench::BareDatabase;
using muster::bench::FlowValues;
using muster::bench::Unit;

struct Arguments {
    std::filesystem::path folder;
    int group = 32;
    int flows_at_once = 64;
    double seconds = 5;
    bool json = false;
};

struct InProgress {
    FlowValues values;
    int next_unit = 0;
};

/// Flows at their four different points, so that a group mixes the units as the server's do.
std::vector<InProgress> start_flows(BareDatabase& database, int count) {
    std::vector<InProgress> flows(static_cast<std::size_t>(count));
    database.begin();
    for (std::size_t i = 0; i < flows.size(); ++i) {
        flows[i].values = database.new_flow();
        const int units_ahead = static_cast<int>(i) % muster::bench::unit_count;
        while (flows[i].next_unit < units_ahead) {
            database.run(static_cast<Unit>(flows[i].next_unit++), flows[i].values);
        }
    }
    database.commit();
    return flows;
}

/// Whole flows a second. As many flows are under way as the load generator has connections; each
/// unit of work belongs to the next of them.
double measure_flows(BareDatabase& database, const Arguments& arguments) {
    std::vector<InProgress> flows = start_flows(database, arguments.flows_at_once);
    std::size_t turn = 0;
    std::uint64_t units = 0;
    const auto began = Clock::now();
    const auto stop_at = began + std::chrono::duration<double>(arguments.seconds);
    while (Clock::now() < stop_at) {
        database.begin();
        for (int i = 0; i < arguments.group; ++i) {
            InProgress& flow = flows[turn];
            turn = (turn + 1) % flows.size();
            if (flow.next_unit == muster::bench::unit_count) flow = {database.new_flow(), 0};
            database.run(static_cast<Unit>(flow.next_unit++), flow.values);
        }
        database.commit();
        units += static_cast<std::uint64_t>(arguments.group);
    }
    const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    return static_cast<double>(units) / muster::bench::unit_count / elapsed;
}

/// A file that is gone when its user is.
class ScratchFile {
public:
    explicit ScratchFile(std::filesystem::path path)
        : m_path(std::move(path)),
          m_file(::open(m_path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)) {
        if (m_file < 0) throw std::runtime_error("cannot create " + m_path.native());
    }
    ~ScratchFile() {
        ::close(m_file);
        ::unlink(m_path.c_str());
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    int descriptor() const { return m_file; }

private:
    std::filesystem::path m_path;
    int m_file;
};

/// Appends of 4 KiB, each flushed, in a second.
double measure_flushes(const std::filesystem::path& folder) {
    const ScratchFile file(folder / "flush.tmp");
    const std::array<char, 4096> page{};
    std::uint64_t count = 0;
    const auto began = Clock::now();
    while (Clock::now() < began + std::chrono::seconds(1)) {
        if (::write(file.descriptor(), page.data(), page.size()) != ssize_t(page.size()) ||
            ::fdatasync(file.descriptor()) != 0) {
            throw std::runtime_error("cannot write to the disk");
        }
        ++count;
    }
    return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - began).count();
}

int run(const Arguments& arguments) {
    BareDatabase database(arguments.folder / "bare.db");
    const double flushes = measure_flushes(arguments.folder);
    const double flows = measure_flows(database, arguments);
    if (arguments.json) {
        fmt::print(R"({{"flows_per_second":{:.1f},"group":{},"fdatasyncs_per_second":{:.0f}}})"
                   "\n",
                   flows, arguments.group, flushes);
    } else {
        fmt::print("{:.0f} flows/s in groups of {} units of work\n", flows, arguments.group);
        fmt::print("{:.0f} fdatasync/s after appending 4 KiB\n", flushes);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Writes the rows of whole enrolments with bare SQLite.");
    Arguments arguments;
    app.add_option("folder", arguments.folder, "Folder on the disk to measure; bare.db stays there")
        ->required()
        ->check(CLI::ExistingDirectory);
    app.add_option("--group", arguments.group, "Units of work in a transaction")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--flows-at-once", arguments.flows_at_once, "Flows under way")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--seconds", arguments.seconds, "Duration")
        ->check(CLI::Range(0.01, 3'600.0))
        ->capture_default_str();
    app.add_flag("--json", arguments.json, "One JSON object instead of text");
    CLI11_PARSE(app, argc, argv);
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
