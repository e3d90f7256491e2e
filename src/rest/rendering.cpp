// CSV has the values as PostgreSQL writes a row's text, which is what PostgREST makes it from.
// SPDX-License-Identifier: Apache-2.0
#include "rest/rendering.hpp"

#include <fmt/format.h>

#include "store/array_text.hpp"

namespace muster::rest {

namespace {

using store::RowKind;

std::string csv_text(const store::Cell& cell, RowKind kind) {
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
        if (kind == RowKind::boolean) return *integer != 0 ? "t" : "f";
        return std::to_string(*integer);
    }
    if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
    std::string text = std::get<std::string>(cell);
    if (kind == RowKind::array) return store::array_text(text).value_or(text);
    const auto at = kind == RowKind::timestamp ? core::parse_timestamp(text) : std::nullopt;
    if (!at) return text;
    text = core::to_json_text(*at);
    text[text.find('T')] = ' ';
    return text.substr(0, text.size() - 3);  // "+00:00" is "+00" there
}

void append_csv(std::string& out, const std::string& text) {
    const bool plain = !text.empty() && text.find_first_of("\",()\\ \t\r\n") == std::string::npos;
    if (plain) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += c;
        out += c;
    }
    out += '"';
}

}  // namespace

std::string to_csv(const Found& found) {
    // PostgREST takes the names from the first row.
    if (found.rows.empty()) return "\n";
    std::string out;
    for (std::size_t i = 0; i < found.shape.size(); ++i) {
        if (i > 0) out += ',';
        const std::string& name = found.shape[i].name;
        if (name.find_first_of("\",\r\n") == std::string::npos) {
            out += name;
        } else {
            append_csv(out, name);
        }
    }
    for (const store::Row& row : found.rows) {
        out += '\n';
        for (std::size_t i = 0; i < found.shape.size(); ++i) {
            if (i > 0) out += ',';
            if (!row.is_null(i)) append_csv(out, csv_text(row.cells()[i], found.shape[i].kind));
        }
    }
    return out;
}

std::string to_json_array(const Found& found, NullMembers nulls) {
    const store::RowFormat format(found.shape, nulls);
    std::string body = "[";
    for (const store::Row& row : found.rows) {
        if (body.size() > 1) body += ",\n ";
        store::append_row_json(body, format, row);
    }
    return body + "]";
}

std::string to_json_object(const Found& found, NullMembers nulls) {
    std::string body;
    store::append_row_json(body, store::RowFormat(found.shape, nulls), found.rows.front());
    return body;
}

}  // namespace muster::rest
