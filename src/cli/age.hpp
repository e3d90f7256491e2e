// Points in time as people say them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/timestamp.hpp"

namespace muster::cli {

/// "just now", "42s ago", "3m ago", "5h ago", "12d ago", later the date; ahead of now: "in 23h".
std::string age_of(core::Timestamp at, core::Timestamp now);

/// The same for text from a server; text that is no time is shown as it is.
std::string age_of(std::string_view text, core::Timestamp now);

}  // namespace muster::cli
