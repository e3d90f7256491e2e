// Which database, and how much of it.
// SPDX-License-Identifier: Apache-2.0
#include "main/store_settings.hpp"

namespace muster::main {

namespace {

std::size_t size_of(const base::Config& config, std::string_view key) {
    return static_cast<std::size_t>(config.integer(key));
}

}  // namespace

std::optional<std::string> find_store_fault(const base::Config& config) {
    const std::string& database = config.text("database");
    if (!database.empty() && !store::is_postgres_url(database)) {
        return "database: a URL that begins with postgresql:// is needed; empty: SQLite";
    }
    const std::string& direct = config.text("store.direct_url");
    if (!direct.empty() && (database.empty() || !store::is_postgres_url(direct))) {
        return "store.direct_url: a URL that begins with postgresql:// is needed, beside database";
    }
    return std::nullopt;
}

void take_store(Settings& settings, const base::Config& config) {
    settings.sqlite.file = settings.data / "muster.db";
    settings.sqlite.reader_count = static_cast<int>(config.integer("store.readers"));
    settings.sqlite.group_size_max = size_of(config, "store.group_size_max");
    settings.sqlite.queue_length_max = size_of(config, "store.queue_length_max");
    settings.sqlite.read_timeout = config.duration("rest.read_timeout");
    settings.postgres.database = config.text("database");
    settings.postgres.write_connections =
        static_cast<int>(config.integer("store.write_connections"));
    settings.postgres.read_connections = static_cast<int>(config.integer("store.read_connections"));
    settings.postgres.queue_length_max = size_of(config, "store.queue_length_max");
    settings.postgres.read_timeout = config.duration("rest.read_timeout");
    settings.postgres.write_timeout = config.duration("store.write_timeout");
    settings.postgres.patience = config.duration("store.outage_patience");
    settings.direct_database = config.text("store.direct_url");
    settings.policies_file = config.text("rest.policies_file");
    settings.table_rows_max = config.integer("rest.rows_max");
}

}  // namespace muster::main
