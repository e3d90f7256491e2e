// Host names as networks compare them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::app {

/// One DNS label (RFC 1123: letters, digits and hyphens, at most 63), lower case. Empty: it is
/// none.
std::optional<std::string> to_label(std::string_view text);

}  // namespace muster::app
