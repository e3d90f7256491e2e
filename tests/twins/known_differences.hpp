// What the two databases may do differently, each with its reason: the only place for exceptions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "twins/step.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

struct KnownDifference {
    /// Which of several reasons for a refusal is named: everything else has to be equal. Or the
    /// whole answer.
    enum class Extent { reason, answer };

    std::string_view why;
    Extent extent;
    bool (*allows)(const Step& step, const Answer& first, const Answer& second);
};

/// The row of the table that allows these two answers; null: none.
const KnownDifference* find_known(const Step& step, const Answer& first, const Answer& second);
/// The reason of each row, to count what is used.
std::vector<std::string_view> known_reasons();

/// A refusal without what names its reason: its status, two headers and its body.
Answer without_reason(Answer answer);

/// jsonb as text (`->>`, `::text`, a cell of CSV) as both would write it: SQLite keeps it as it was
/// sent, PostgreSQL sorts members and sets blanks. All other texts stay as they are. Rows that are
/// embedded in a cell have no order: they get that of their `masked` texts.
using Mask = std::function<std::string(std::string_view text)>;
std::string respelled(std::string_view text, const Mask& masked);
std::string respelled_cells(std::string_view csv, const Mask& masked);

/// Replaces the columns that cannot be equal by whether there is a value.
void hide_known(const std::string& table, json::object& row);

}  // namespace muster::twins
