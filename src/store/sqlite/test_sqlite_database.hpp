// A fresh database for tests that are about SQLite itself.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "store/sqlite/test_sqlite_place.hpp"
#include "store/test_database.hpp"

namespace muster::store {

class SqliteDatabase : public TestDatabase {
public:
    explicit SqliteDatabase(const SqliteOptions& options = {})
        : TestDatabase(std::make_unique<SqlitePlace>(options)) {}
    const std::filesystem::path& file() const {
        return static_cast<const SqlitePlace&>(place()).file();
    }
};

/// With a table `tally` that has no rules.
struct TallyDatabase : SqliteDatabase {
    explicit TallyDatabase(const SqliteOptions& options = {}) : SqliteDatabase(options) {
        sql("CREATE TABLE tally (n INTEGER PRIMARY KEY, text TEXT) STRICT");
    }
};

}  // namespace muster::store
