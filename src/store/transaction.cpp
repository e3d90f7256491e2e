// The typed getters of a result row.
// SPDX-License-Identifier: Apache-2.0
#include "store/transaction.hpp"

namespace muster::store {

namespace {

template <class T>
const T& get_as(const Cell& cell, std::size_t column, const char* type) {
    if (const T* value = std::get_if<T>(&cell)) return *value;
    throw StoreError("column " + std::to_string(column) + " of a result row is not " + type);
}

}  // namespace

const Cell& Row::at(std::size_t column) const {
    if (column < m_cells.size()) return m_cells[column];
    throw StoreError("a result row has no column " + std::to_string(column));
}

bool Row::is_null(std::size_t column) const {
    return std::holds_alternative<std::monostate>(at(column));
}

const std::string& Row::text(std::size_t column) const {
    return get_as<std::string>(at(column), column, "text");
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return text(column);
}

std::int64_t Row::integer(std::size_t column) const {
    return get_as<std::int64_t>(at(column), column, "an integer");
}

core::Timestamp Row::timestamp(std::size_t column) const {
    const auto parsed = core::parse_timestamp(text(column));
    if (!parsed) {
        throw StoreError("column " + std::to_string(column) + " of a result row is not a time");
    }
    return *parsed;
}

std::optional<core::Timestamp> Row::optional_timestamp(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return timestamp(column);
}

}  // namespace muster::store
