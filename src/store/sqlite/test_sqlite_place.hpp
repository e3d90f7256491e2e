// A SQLite file in a folder of its own, for tests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "store/sqlite/sqlite_store.hpp"
#include "store/test_folder.hpp"
#include "store/test_place.hpp"

namespace muster::store {

class SqlitePlace final : public TestPlace {
public:
    explicit SqlitePlace(SqliteOptions options) : m_options(std::move(options)) {
        m_options.file = m_folder.path() / "muster.db";
    }
    std::unique_ptr<Store> open(const base::Clock& clock, base::Random& random) override {
        return open_sqlite(m_options, clock, random);
    }
    void define(Store& store, const std::string& sql) override {
        const auto done = store.write_now([&](Transaction& transaction) -> core::Result<int> {
            transaction.execute(sql);
            return 0;
        });
        if (!done) throw StoreError("refused: " + std::string(core::word_of(done.error().code)));
    }
    const std::filesystem::path& file() const { return m_options.file; }

private:
    TestFolder m_folder;
    SqliteOptions m_options;
};

}  // namespace muster::store
