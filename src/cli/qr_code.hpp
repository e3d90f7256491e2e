// A QR code for a terminal, or as a picture.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace muster::cli {

/// Two modules a character, dark on light whatever the terminal's colours are: half blocks when
/// `is_colored` (escape sequences set both colours), else light modules are drawn.
/// Empty: the text is too long for a code.
std::optional<std::string> qr_text(const std::string& text, bool is_colored);

/// Empty: the text is too long for a code.
std::optional<std::string> qr_svg(const std::string& text);

}  // namespace muster::cli
