// Asks the policies about every relation of the catalog.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/open_tables.hpp"

#include <algorithm>
#include <utility>

namespace muster::api {

namespace {

using rest::Command;

bool may_touch(const rest::Policies& policies, rest::Role role, const rest::Relation& relation,
               const rest::Column& column) {
    constexpr Command commands[] = {Command::select, Command::insert, Command::update};
    return std::ranges::any_of(commands, [&](Command command) {
        return policies.may(role, command, relation.name, column.name);
    });
}

OpenTable open_table(const rest::Policies& policies, rest::Role role,
                     const rest::Relation& relation) {
    const auto may = [&](Command command) { return policies.may(role, command, relation.name); };
    OpenTable table;
    table.relation = &relation;
    table.may_read = may(Command::select);
    table.may_insert = !relation.is_view && may(Command::insert);
    table.may_update = !relation.is_view && may(Command::update);
    table.may_delete = !relation.is_view && may(Command::remove);
    for (const rest::Column& column : relation.columns) {
        if (may_touch(policies, role, relation, column)) table.columns.push_back(&column);
    }
    return table;
}

}  // namespace

std::vector<OpenTable> list_open_tables(const rest::Catalog& catalog,
                                        const rest::Policies& policies, rest::Role role) {
    std::vector<OpenTable> tables;
    for (const auto& [name, relation] : catalog.relations()) {
        if (!policies.is_exposed(name)) continue;
        OpenTable table = open_table(policies, role, relation);
        const bool is_open =
            table.may_read || table.may_insert || table.may_update || table.may_delete;
        if (is_open) tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace muster::api
