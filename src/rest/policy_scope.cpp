// PostgreSQL's rules for names of columns.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_scope.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace muster::rest {

namespace {

using Found = std::expected<FoundColumn, std::string>;

Found find_qualified(const PolicyScope& scope, std::string_view qualifier, std::string_view name) {
    for (const PolicyScope* level = &scope; level != nullptr; level = level->outer) {
        const auto entry = std::ranges::find(level->entries, qualifier, &PolicyScope::Entry::name);
        if (entry == level->entries.end()) continue;
        const Column* column = entry->relation->find_column(name);
        if (column == nullptr) {
            return std::unexpected(fmt::format("column {}.{} does not exist", qualifier, name));
        }
        return FoundColumn{column, &entry->sql_alias, level->outer == nullptr};
    }
    return std::unexpected(fmt::format("missing FROM-clause entry for table \"{}\"", qualifier));
}

}  // namespace

Found find_column(const PolicyScope& scope, std::string_view qualifier, std::string_view name) {
    if (!qualifier.empty()) return find_qualified(scope, qualifier, name);
    for (const PolicyScope* level = &scope; level != nullptr; level = level->outer) {
        FoundColumn found{nullptr, nullptr, level->outer == nullptr};
        for (const PolicyScope::Entry& entry : level->entries) {
            const Column* column = entry.relation->find_column(name);
            if (column == nullptr) continue;
            if (found.column != nullptr) {
                return std::unexpected(fmt::format("column reference \"{}\" is ambiguous", name));
            }
            found.column = column;
            found.sql_alias = &entry.sql_alias;
        }
        if (found.column != nullptr) return found;
    }
    return std::unexpected(fmt::format("column \"{}\" does not exist", name));
}

}  // namespace muster::rest
