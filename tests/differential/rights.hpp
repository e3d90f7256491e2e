// Who may see which row and change which, in plain words of the contract (its section on row-level
// security), without a look at the policies. The judge of every answer of the table API.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "differential/roster_model.hpp"

namespace muster::differential {

bool may_see(const World& world, const Asker& asker, std::string_view table, const Row& row);

/// May touch the row with an UPDATE at all; what may become of it is for may_update.
bool may_choose(const World& world, const Asker& asker, std::string_view table, const Row& row);
bool may_update(const World& world, const Asker& asker, std::string_view table, const Row& old,
                const Row& now);
bool may_insert(const World& world, const Asker& asker, std::string_view table, const Row& row);
bool may_delete(const World& world, const Asker& asker, std::string_view table, const Row& row);

/// The role may use the verb on the table at all ("insert", "update", "delete").
bool has_grant(const Asker& asker, std::string_view table, std::string_view verb);

/// What an asker who may see the row reads in the column.
json::value shown(const Asker& asker, const Column& column, const Row& row);

/// What a write did to the database that its asker had no right to; empty: all is well.
std::vector<std::string> judge_changes(const World& before, const World& after, const Asker& asker,
                                       std::string_view table);

}  // namespace muster::differential
