// From text to rows, and what rows must have in common.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/bodies.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "api/rest/csv.hpp"
#include "base/encoding.hpp"
#include "rest/parser.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;
using rest::fail;
using rest::Result;

constexpr std::string_view not_json = "Empty or invalid json";
constexpr std::string_view different_keys = "All object keys must match";

std::unexpected<rest::Failure> refuse(std::string_view message) {
    return fail("PGRST102", std::string(message));
}

/// PostgreSQL's text holds no NUL, and its jsonb none either.
bool has_nul(const json::value& value) {
    if (const auto* text = value.if_string()) return text->find('\0') != json::string::npos;
    if (const auto* array = value.if_array()) return std::ranges::any_of(*array, has_nul);
    const auto* object = value.if_object();
    return object && std::ranges::any_of(*object, [](const json::key_value_pair& member) {
               return member.key().find('\0') != json::string_view::npos || has_nul(member.value());
           });
}

bool has_keys_of(const json::object& row, const json::object& first) {
    return row.size() == first.size() && std::ranges::all_of(row, [&](const auto& member) {
               return first.contains(member.key());
           });
}

Result<void> check_uniform(const json::array& values) {
    const json::object* first = values.empty() ? nullptr : values.front().if_object();
    const bool is_uniform = std::ranges::all_of(values, [&](const json::value& value) {
        return first && value.is_object() && has_keys_of(value.get_object(), *first);
    });
    if (!is_uniform) return refuse(different_keys);
    return {};
}

Result<void> check_objects(const json::array& values) {
    if (std::ranges::all_of(values, &json::value::is_object)) return {};
    return fail("22023", "argument of json_to_recordset must be an array of objects");
}

/// Every key, in order of appearance.
void collect_columns(Rows& rows) {
    std::set<std::string_view> known;
    for (const json::value& value : rows.values) {
        for (const auto& member : value.get_object()) {
            if (!known.insert(member.key()).second) continue;
            rows.columns.emplace_back(member.key());
        }
    }
}

Result<Rows> finish(Rows rows, Keys keys) {
    if (rows.values.size() > rows_max) return refuse(fmt::format("more than {} rows", rows_max));
    const auto checked =
        keys == Keys::uniform ? check_uniform(rows.values) : check_objects(rows.values);
    if (!checked) return std::unexpected(checked.error());
    collect_columns(rows);
    if (rows.columns.size() > body_columns_max) {
        return refuse(fmt::format("more than {} columns", body_columns_max));
    }
    return rows;
}

Result<Rows> parse_json(std::string_view body, Keys keys) {
    json::parse_options options;
    options.max_depth = body_depth_max;
    boost::system::error_code error;
    json::value value = json::parse(body, error, {}, options);
    if (error == json::error::too_deep) {
        return refuse(fmt::format("json nested more than {} levels deep", body_depth_max));
    }
    if (error || !base::is_valid_utf8(body)) return refuse(not_json);
    if (has_nul(value)) {
        return fail("22P05", "unsupported Unicode escape sequence",
                    "\\u0000 cannot be converted to text.");
    }
    Rows rows;
    rows.was_array = !value.is_object();
    if (value.is_array()) {
        rows.values = std::move(value.get_array());
    } else if (value.is_object()) {
        rows.values.push_back(std::move(value));
    }
    return finish(std::move(rows), keys);
}

Result<void> check_text(std::string_view text) {
    if (text.contains('\0')) {
        return fail("22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
    }
    if (!base::is_valid_utf8(text)) return refuse("The body is not valid UTF-8");
    return {};
}

Result<Rows> parse_csv_rows(std::string_view body) {
    if (auto checked = check_text(body); !checked) return std::unexpected(checked.error());
    // One more than there may be, so that it is noticed.
    const auto lines = parse_csv(body, rows_max + 2);
    if (!lines || lines->empty()) return refuse("Empty or invalid csv");
    const CsvLine& header = lines->front();
    Rows rows;
    rows.was_array = true;
    for (const CsvLine& line : std::span(*lines).subspan(1)) {
        if (line.size() != header.size()) {
            return refuse("All lines must have same number of fields");
        }
        json::object row;
        for (std::size_t i = 0; i < header.size(); ++i) {
            row[header[i]] = line[i] == "NULL" ? json::value(nullptr) : json::value(line[i]);
        }
        rows.values.push_back(std::move(row));
    }
    return finish(std::move(rows), Keys::uniform);
}

Result<Rows> parse_form(std::string_view body) {
    json::object row;
    for (const auto& [name, value] : rest::parse_parameters(body)) {
        for (const std::string_view text : {std::string_view(name), std::string_view(value)}) {
            if (auto checked = check_text(text); !checked) return std::unexpected(checked.error());
        }
        row[name] = value;
    }
    Rows rows;
    rows.values.push_back(std::move(row));
    return finish(std::move(rows), Keys::uniform);
}

}  // namespace

Result<Rows> parse_rows(std::string_view body, BodyType type, Keys keys) {
    switch (type) {
        case BodyType::json: return parse_json(body, keys);
        case BodyType::csv: return parse_csv_rows(body);
        case BodyType::form: return parse_form(body);
    }
    std::unreachable();
}

}  // namespace muster::api
