// The SQL functions that the schema's defaults and guards call, and the state that they look at.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/transaction.hpp"

struct sqlite3;

namespace muster::store::sqlite {

/// What a connection's functions see. Belongs to the connection's thread.
struct CallContext {
    const base::Clock& clock;
    base::Random& random;
    core::Timestamp now = {};  ///< fixed when a unit of work begins
    Actor actor = {};
    int system_depth = 0;  ///< above 0: inside a trigger that does the server's work
    /// Opens a sealed column (its purpose, its text) for reveal_secret(); empty: it does not open.
    std::function<std::optional<std::string>(std::string_view, std::string_view)> reveal = {};
    std::chrono::steady_clock::time_point deadline = {};  ///< of a reader's unit of work
};

/// now(), gen_random_uuid(), request_role(), request_user() (null for nobody), and for the triggers
/// request_is_trusted(), enter_system(), leave_system(). The last two can be called by triggers
/// only: a statement of their own that names them is refused. `context` must outlive `connection`.
/// Throws StoreError.
void add_functions(sqlite3* connection, CallContext& context);

}  // namespace muster::store::sqlite
