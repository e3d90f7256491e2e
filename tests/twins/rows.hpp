// What is in the body of an answer: rows as JSON, or as CSV.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "twins/step.hpp"

namespace muster::twins {

namespace json = boost::json;

/// A JSON body, or nothing.
std::optional<json::value> parse_body(const Answer& answer);
/// The outermost rows of a body; null: it is no list.
const json::array* rows_of(const json::value& body);
/// Empty: it has none.
std::string_view id_of_row(const json::value& row);
/// If a database made the row's id.
std::string_view time_of_row(const json::value& row);
/// Behind the rows that were made when row `begin` was.
std::size_t end_of_ties(const json::array& rows, std::size_t begin);
/// The names in an object, or in any row of a list.
std::set<std::string> members_of(const json::value& body);
/// Lines of a table as text; line ends inside of quotes are none.
std::vector<std::string> records_of(std::string_view csv);

}  // namespace muster::twins
