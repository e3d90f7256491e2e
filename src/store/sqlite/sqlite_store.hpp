// SQLite under the Store interface: one writer thread that commits its queue in groups, some reader
// connections, and a checkpointer of its own. Pragmas are set on every open.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/store.hpp"

namespace muster::store {

struct SqliteOptions {
    std::filesystem::path file;  ///< created with mode 0600 if missing; its folder must exist
    int reader_count = 2;
    std::size_t group_size_max = 128;               ///< units of work in one commit
    std::size_t queue_length_max = 10'000;          ///< waiting units, for writes and reads each
    std::chrono::milliseconds busy_timeout{5'000};  ///< another process (muster init) is writing
    /// A unit of reading that takes longer is refused: ArgumentRefused 57014.
    std::chrono::milliseconds read_timeout{5'000};
    /// Opens a sealed column's text (its purpose, the text) for service_role's reads.
    std::function<std::optional<std::string>(std::string_view, std::string_view)> reveal = {};
    int checkpoint_pages = 2'000;  ///< of 4 KiB: growth of the WAL between two checkpoints
    int wal_pages_max = 16'384;    ///< 64 MiB: then the WAL must start over
};

/// Opens the file, applies missing migrations and starts the threads. `clock` and `random` feed the
/// SQL functions now() and gen_random_uuid() and must outlive the store.
/// Throws StoreError: cannot open; not a database; migrated by a newer Muster; a recorded migration
/// whose checksum differs.
std::unique_ptr<Store> open_sqlite(const SqliteOptions& options, const base::Clock& clock,
                                   base::Random& random);

}  // namespace muster::store
