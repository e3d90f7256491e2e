// What the two databases may do differently, each with its reason: the only place for exceptions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "twins/step.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

/// Whether a row of the table allows these two answers.
bool is_known(const Step& step, const Answer& first, const Answer& second);

/// jsonb as text (`->>`, `::text`, a cell of CSV) as both would write it: SQLite keeps it as it was
/// sent, PostgreSQL sorts members and sets blanks. All other texts stay as they are.
std::string respelled(std::string_view text);
std::string respelled_cells(std::string_view csv);

/// Replaces the columns that cannot be equal by whether there is a value.
void hide_known(const std::string& table, json::object& row);

}  // namespace muster::twins
