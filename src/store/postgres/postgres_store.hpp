// PostgreSQL under the Store interface: connections on storage threads, one transaction a unit of
// work, run again when the database asks for it. Speaks to PostgreSQL 15 or newer through libpq.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/store.hpp"

namespace muster::store {

struct PostgresOptions {
    /// A URL or keywords, with every option that libpq takes: several hosts, TLS,
    /// target_session_attrs. Holds a password at times: never log it.
    std::string database;
    int write_connections = 16;  ///< a thread each
    int read_connections = 8;
    std::size_t queue_length_max = 10'000;  ///< waiting units, for writes and reads each
    /// Of one statement. A read's is refused then: ArgumentRefused 57014.
    std::chrono::milliseconds read_timeout{5'000};
    std::chrono::milliseconds write_timeout{30'000};
    /// How long units wait for a database that is away, before they fail with StoreUnavailable.
    std::chrono::milliseconds patience{10'000};
    /// Schemas before ours in every search_path, and the time that muster.request_time() says:
    /// tests put a now() there.
    std::string search_path_prefix = {};
    const base::Clock* clock = nullptr;
};

/// Connects, applies missing migrations and starts the threads. `random` spreads retries; it must
/// outlive the store.
/// Throws StoreError: cannot connect; migrated by a newer Muster; a recorded migration whose
/// checksum differs; migrations are missing and the role may not apply them; an unfinished move
/// from SQLite (transfer/transfer.hpp).
std::unique_ptr<Store> open_postgres(const PostgresOptions& options, base::Random& random);

/// The schema alone. Throws as open_postgres().
void migrate_postgres(const PostgresOptions& options);

/// postgres:// and postgresql://: what libpq takes as a URL.
bool is_postgres_url(std::string_view text);

}  // namespace muster::store
