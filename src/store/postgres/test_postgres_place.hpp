// A database of a running PostgreSQL, for tests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "store/test_place.hpp"

namespace muster::store {

/// `maintenance`: the URL of a superuser's database, where databases are made from a template and
/// dropped.
std::unique_ptr<TestPlace> make_postgres_place(const std::string& maintenance);

}  // namespace muster::store
