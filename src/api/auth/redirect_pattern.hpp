// Patterns of auth.redirect_urls: * is anything within a part of the URL, ** is anything, ? is one
// character, [abc], [a-z] and [!abc] are one of (or none of) those, \ takes the next one literally.
// Parts end at '.' and '/'.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace muster::api {

/// Takes time proportional to the product of the lengths.
bool matches_redirect_pattern(std::string_view pattern, std::string_view text);

}  // namespace muster::api
