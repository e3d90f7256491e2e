// The colours of statuses and trust levels, the same in every table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cli/terminal.hpp"

namespace muster::cli {

/// A status, a trust level, or the state of a network job or of a network connection.
inline Color color_of(std::string_view word) {
    if (word == "active" || word == "high" || word == "done" || word == "good") return Color::good;
    if (word == "pending" || word == "medium" || word == "inactive" || word == "waiting" ||
        word == "paused")
        return Color::fair;
    if (word == "revoked" || word == "low" || word == "failed" || word == "failing")
        return Color::bad;
    return Color::none;
}

}  // namespace muster::cli
