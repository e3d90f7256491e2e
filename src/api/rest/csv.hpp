// CSV as lines of fields (RFC 4180). Pure; called by bodies.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::api {

using CsvLine = std::vector<std::string>;

/// Lines end with LF, CRLF or CR; empty ones are left out. Reads no more than `lines_max`. Empty: a
/// quote that is not closed, or something behind a closed one.
std::optional<std::vector<CsvLine>> parse_csv(std::string_view text, std::size_t lines_max);

}  // namespace muster::api
