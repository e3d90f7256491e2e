// Where a test's database is, and the one choice between the two that Muster runs on. Tests include
// store/test_database.hpp, or this where they need a Store alone.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/store.hpp"

namespace muster::store {

/// Opens a sealed column's text (its purpose, the text) for service_role's reads.
using Reveal = std::function<std::optional<std::string>(std::string_view, std::string_view)>;

/// A database of one test's own, empty but for Muster's schema. Gone with this object, which must
/// outlive the stores that it opened.
class TestPlace {
public:
    TestPlace() = default;
    TestPlace(const TestPlace&) = delete;
    TestPlace& operator=(const TestPlace&) = delete;
    virtual ~TestPlace() = default;
    /// May be called again once the last store is closed. `clock` is what now() says.
    virtual std::unique_ptr<Store> open(const base::Clock& clock, base::Random& random) = 0;
    /// Runs statements as the database's owner, which the server of a PostgreSQL is not: tables of
    /// an operator's own. `store` is open.
    virtual void define(Store& store, const std::string& sql) = 0;
    /// PostgreSQL's, as libpq takes it, of a superuser; empty: SQLite.
    virtual std::string database() const { return {}; }
};

enum class TestDriver { sqlite, postgres };

/// What the environment chooses: PostgreSQL if MUSTER_TEST_POSTGRES is there.
TestDriver test_driver();

/// SQLite: a file in a folder of its own. PostgreSQL: MUSTER_TEST_POSTGRES is the URL of a
/// superuser's maintenance database. Throws StoreError: it is not there, or empty.
std::unique_ptr<TestPlace> make_test_place(TestDriver driver, Reveal reveal = {});
std::unique_ptr<TestPlace> make_test_place(Reveal reveal = {});

/// For what a test expects that the databases do not say alike.
bool tests_use_postgres();

}  // namespace muster::store
