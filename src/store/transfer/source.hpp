// The SQLite database that is moved: one snapshot of it, read table by table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/sqlite/connection.hpp"
#include "store/transfer/catalogs.hpp"

namespace muster::store::transfer {

class Source {
public:
    /// Opens the file, which must exist, for reading only. Throws StoreError: not Muster's, of
    /// another version's schema, or no server has ever run on it.
    Source(const std::filesystem::path& file, const base::Clock& clock, base::Random& random);

    sqlite::Connection& connection() { return m_connection; }
    /// Tells installations apart: the id of the first signing key, which is public.
    const std::string& identity() const { return m_identity; }
    std::int64_t count(const MovedTable& table);
    /// All rows in the order of the table's key, as PostgreSQL takes their values.
    void each(const MovedTable& table, const std::function<void(std::vector<Field>)>& use);

private:
    void check_schema();

    sqlite::Connection m_connection;
    std::string m_identity;
};

}  // namespace muster::store::transfer
