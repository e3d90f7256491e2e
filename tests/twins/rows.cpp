// Rows have an id, and where a database made it, the id says when.
// SPDX-License-Identifier: Apache-2.0
#include "twins/rows.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "twins/names.hpp"

namespace muster::twins {

std::optional<json::value> parse_body(const Answer& answer) {
    if (!answer.content_type.contains("json") || answer.body.empty()) return std::nullopt;
    boost::system::error_code error;
    json::value value = json::parse(answer.body, error);
    return error ? std::nullopt : std::optional(std::move(value));
}

const json::array* rows_of(const json::value& body) {
    if (body.is_array()) return &body.get_array();
    const json::object* const object = body.if_object();
    if (!object || !object->contains("next_cursor")) return nullptr;
    for (const auto& member : *object) {
        if (member.value().is_array()) return &member.value().get_array();
    }
    return nullptr;
}

std::string_view id_of_row(const json::value& row) {
    const json::object* const object = row.if_object();
    const json::value* const id = object ? object->if_contains("id") : nullptr;
    return id && id->is_string() ? std::string_view(id->get_string()) : std::string_view();
}

std::string_view time_of_row(const json::value& row) {
    return time_of_making(id_of_row(row));
}

std::size_t end_of_ties(const json::array& rows, std::size_t begin) {
    std::size_t end = begin + 1;
    const std::string_view time = time_of_row(rows[begin]);
    while (!time.empty() && end < rows.size() && time_of_row(rows[end]) == time) ++end;
    return end;
}

std::set<std::string> members_of(const json::value& body) {
    std::set<std::string> names;
    if (const json::array* const list = body.if_array()) {
        for (const json::value& item : *list) names.merge(members_of(item));
    } else if (const json::object* const object = body.if_object()) {
        for (const auto& member : *object) names.emplace(member.key());
    }
    return names;
}

std::vector<std::string> records_of(std::string_view csv) {
    std::vector<std::string> records;
    bool is_quoted = false;
    bool is_open = false;
    for (const char c : csv) {
        if (c == '"') is_quoted = !is_quoted;
        const bool ends = c == '\n' && !is_quoted;
        if (!is_open && !ends) records.emplace_back();
        if (!ends) records.back() += c;
        is_open = !ends;
    }
    return records;
}

}  // namespace muster::twins
