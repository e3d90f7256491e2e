// Moves an installation from SQLite to PostgreSQL: copies what is missing, reads both sides, and
// says of each table whether they are equal. Called by main/transfer for `muster migrate --from`.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/transfer/row_text.hpp"

namespace muster::store::transfer {

struct Options {
    std::filesystem::path file;  ///< SQLite's. Nobody may write to it, unless it is a rehearsal
    std::string database;        ///< PostgreSQL's URL, of the role that owns the schema
    bool rehearse = false;       ///< the target is emptied again afterwards
    RowDigest digest;
};

enum class Phase { copy, verify };

/// Told how far it is, from transfer()'s thread.
class Watcher {
public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    virtual void begin(Phase phase, const std::string& table, std::int64_t rows) = 0;
    /// One row more of that table.
    virtual void advance() = 0;
    virtual void end() = 0;
    /// A sentence for the operator.
    virtual void note(const std::string& sentence) = 0;
};

struct TableReport {
    std::string name;
    Tally source;
    Tally target;
};

struct Report {
    std::string installation;   ///< Source::identity()
    bool was_finished = false;  ///< by an earlier run: this one only compared
    std::int64_t rows_copied = 0;
    std::vector<TableReport> tables;
    bool is_equal() const;
};

/// Throws StoreError, in a sentence for the operator: what Source, Target and match_catalogs
/// refuse; the target is another installation's, or has data of its own; a row is refused. Whatever
/// ends it, kill -9 too: called again, it goes on where it was.
Report transfer(const Options& options, const base::Clock& clock, base::Random& random,
                Watcher& watcher);

}  // namespace muster::store::transfer
