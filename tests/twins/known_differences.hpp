// What the two databases may do differently, each with its reason: the only place for exceptions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "twins/step.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

/// Whether a row of the table allows these two answers.
bool is_known(const Step& step, const Answer& first, const Answer& second);

/// Replaces the columns that cannot be equal by whether there is a value.
void hide_known(const std::string& table, json::object& row);

}  // namespace muster::twins
