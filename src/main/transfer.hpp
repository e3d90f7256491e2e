// `muster migrate --from sqlite:FOLDER --to postgresql://...`: an installation moves to PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/terminal.hpp"
#include "main/settings.hpp"

namespace muster::main {

struct TransferInput {
    bool rehearse = false;
    bool json = false;
};

/// From the settings' data folder to their PostgreSQL database. Progress goes to stderr, the report
/// to stdout. Exit 0: every table is equal on both sides; 1: one is not; 2: no database is named.
/// Throws StartError: a server runs on the folder (unless it is a rehearsal), or what
/// store::transfer::transfer() refuses.
int transfer(const Settings& settings, const TransferInput& input, const cli::Terminal& terminal);

}  // namespace muster::main
