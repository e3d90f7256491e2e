// The choice of a test's database.
// SPDX-License-Identifier: Apache-2.0
#include "store/test_place.hpp"

#include <cstdlib>

#include "store/postgres/test_postgres_place.hpp"
#include "store/sqlite/test_sqlite_place.hpp"

namespace muster::store {

namespace {

constexpr const char* postgres_variable = "MUSTER_TEST_POSTGRES";

}  // namespace

bool tests_use_postgres() {
    return std::getenv(postgres_variable) != nullptr;
}

std::unique_ptr<TestPlace> make_test_place(Reveal reveal) {
    if (!tests_use_postgres()) {
        SqliteOptions options;
        options.reveal = std::move(reveal);
        return std::make_unique<SqlitePlace>(std::move(options));
    }
    const std::string maintenance = std::getenv(postgres_variable);
    if (maintenance.empty()) {
        throw StoreError(std::string(postgres_variable) +
                         " is empty: ./dev test starts a PostgreSQL and fills it");
    }
    return make_postgres_place(maintenance);
}

}  // namespace muster::store
