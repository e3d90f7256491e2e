// The folder's lock keeps servers away while their database is moved.
// SPDX-License-Identifier: Apache-2.0
#include "main/transfer.hpp"

#include <memory>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "cli/table.hpp"
#include "crypto/digest.hpp"
#include "main/folder_lock.hpp"
#include "main/opening.hpp"
#include "main/transfer_progress.hpp"
#include "store/transfer/transfer.hpp"

namespace muster::main {

namespace {

namespace json = boost::json;
using store::transfer::Report;
using store::transfer::TableReport;

constexpr int exit_done = 0;
constexpr int exit_different = 1;
constexpr int exit_usage = 2;

/// Null for a rehearsal, which needs none.
std::unique_ptr<FolderLock> lock_source(const Settings& settings, bool rehearse) {
    if (rehearse) return nullptr;
    try {
        return std::make_unique<FolderLock>(settings.data);
    } catch (const FolderInUse&) {
        throw StartError(
            "the source: a server runs on " + settings.data.string() +
            ", or another muster migrate: stop it first, so that no write is lost. With --rehearse "
            "a snapshot is copied while it runs, to see how long that takes and whether it "
            "verifies");
    }
}

Report run(const Settings& settings, const TransferInput& input, TransferProgress& progress) {
    const base::SystemClock clock;
    base::SystemRandom random;
    const store::transfer::Options options{settings.sqlite.file, settings.postgres.database,
                                           input.rehearse, &crypto::sha256};
    try {
        return store::transfer::transfer(options, clock, random, progress);
    } catch (const store::StoreUnavailable& failure) {
        throw StartError(std::string(failure.what()) +
                         ". Run the same command again: it goes on where it was");
    } catch (const store::StoreError& failure) {
        throw StartError(failure.what());
    }
}

std::string key_sentence(const Settings& settings) {
    if (!settings.secret_key.reveal().empty()) {
        return "The new server needs the sealing key that MUSTER_SECRET_KEY holds.";
    }
    const auto file = std::filesystem::absolute(settings.secret_key_file);
    return "The new server needs the same sealing key: give it the file " + file.string() +
           " as secret_key_file." +
           (std::filesystem::exists(file) ? "" : " That file is not there: find it first.");
}

/// What the operator is to know or to do next.
std::string verdict(const Settings& settings, const TransferInput& input, const Report& report) {
    if (!report.is_equal()) {
        if (report.was_finished) {
            return "The move was complete before; since then the tables above differ. If a server "
                   "has worked on one of the two, that is to be expected. Nothing was changed.";
        }
        return "The tables above differ, and no server starts on the PostgreSQL database. Drop it, "
               "make it anew, and move again.";
    }
    if (input.rehearse) {
        return "Every table arrived as it is in the snapshot; the PostgreSQL database is empty "
               "again. What the server wrote meanwhile was not part of it.";
    }
    return std::string(report.was_finished ? "The move was complete before. " : "") +
           "Every table is equal on both sides. " + key_sentence(settings);
}

json::object to_json(const TableReport& table) {
    return {{"table", table.name},
            {"equal", table.source == table.target},
            {"source", {{"rows", table.source.rows}, {"checksum", table.source.checksum.text()}}},
            {"target", {{"rows", table.target.rows}, {"checksum", table.target.checksum.text()}}}};
}

void print_json(const Settings& settings, const TransferInput& input, const Report& report,
                const cli::Terminal& terminal) {
    json::array tables;
    for (const TableReport& table : report.tables) tables.push_back(to_json(table));
    const json::object body{
        {"installation", report.installation}, {"equal", report.is_equal()},
        {"was_finished", report.was_finished}, {"is_rehearsal", input.rehearse},
        {"rows_copied", report.rows_copied},   {"message", verdict(settings, input, report)},
        {"tables", std::move(tables)}};
    terminal.out << json::serialize(body) << '\n';
}

void print_text(const Settings& settings, const TransferInput& input, const Report& report,
                const cli::Terminal& terminal) {
    cli::Table shown({"TABLE", "ROWS", "CHECKSUM", "EQUAL"});
    for (const TableReport& table : report.tables) {
        shown.add({{table.name},
                   {grouped(table.source.rows)},
                   {table.source.checksum.text()},
                   {table.source == table.target ? "yes" : "NO"}});
        if (table.source == table.target) continue;
        shown.add({{"  in PostgreSQL"},
                   {grouped(table.target.rows)},
                   {table.target.checksum.text()},
                   {""}});
    }
    shown.print(terminal.out, false);
    terminal.out << '\n' << verdict(settings, input, report) << '\n';
}

}  // namespace

int transfer(const Settings& settings, const TransferInput& input, const cli::Terminal& terminal) {
    if (!settings.uses_postgres()) {
        terminal.err << "error: --to postgresql://... is needed, or MUSTER_DATABASE\n";
        return exit_usage;
    }
    if (!std::filesystem::exists(settings.sqlite.file)) {
        throw StartError("the source: there is no Muster database in " + settings.data.string() +
                         ": name the folder that muster serve --data names");
    }
    const auto lock = lock_source(settings, input.rehearse);
    TransferProgress progress(terminal);
    const Report report = run(settings, input, progress);
    if (report.rows_copied > 0) {
        const double seconds = progress.elapsed().count();
        progress.note(fmt::format("copied {} rows and compared all in {:.1f} s",
                                  grouped(report.rows_copied), seconds));
    }
    (input.json ? print_json : print_text)(settings, input, report, terminal);
    return report.is_equal() ? exit_done : exit_different;
}

}  // namespace muster::main
