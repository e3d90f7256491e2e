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

TestDriver test_driver() {
    return std::getenv(postgres_variable) ? TestDriver::postgres : TestDriver::sqlite;
}

bool tests_use_postgres() {
    return test_driver() == TestDriver::postgres;
}

std::unique_ptr<TestPlace> make_test_place(Reveal reveal) {
    return make_test_place(test_driver(), std::move(reveal));
}

std::unique_ptr<TestPlace> make_test_place(TestDriver driver, Reveal reveal) {
    if (driver == TestDriver::sqlite) {
        SqliteOptions options;
        options.reveal = std::move(reveal);
        return std::make_unique<SqlitePlace>(std::move(options));
    }
    const char* const maintenance = std::getenv(postgres_variable);
    if (!maintenance || *maintenance == '\0') {
        throw StoreError(std::string(postgres_variable) +
                         " is not there or empty: ./dev test starts a PostgreSQL and fills it");
    }
    return make_postgres_place(maintenance);
}

}  // namespace muster::store
