// The reference documentation, printed from the tables that the code itself uses.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::main {

/// A whole Markdown page: errors, events, metrics, routes or settings. Empty for any other name.
std::string reference_page(std::string_view name);

}  // namespace muster::main
