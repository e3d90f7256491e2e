// Members to values.
// SPDX-License-Identifier: Apache-2.0
#include "rest/payload.hpp"

#include <utility>

namespace muster::rest {

Result<std::vector<const Column*>> find_targets(const Access& access, Command command,
                                                const Relation& relation,
                                                const std::vector<std::string>& columns) {
    std::vector<const Column*> targets;
    for (const std::string& name : columns) {
        if (!relation.find_column(name)) {
            return fail("PGRST204", "Could not find the '" + name + "' column of '" +
                                        relation.name + "' in the schema cache");
        }
        const auto column = access.allow(command, relation, name);
        if (!column) return std::unexpected(column.error());
        targets.push_back(*column);
    }
    return targets;
}

Result<WrittenValues> read_payload(const Access& access, const Relation& relation,
                                   const std::vector<const Column*>& targets,
                                   const boost::json::object& members) {
    WrittenValues values;
    for (const Column* column : targets) {
        const boost::json::value* const member = members.if_contains(column->name);
        if (!member) continue;
        auto value = to_value(column->type, *member);
        if (!value) return std::unexpected(value.error());
        if (auto* text = std::get_if<std::string>(&*value);
            text && column->secrecy != Secrecy::none) {
            *text = access.conceal(relation, *column, *text);
        }
        values.insert_or_assign(column->name, std::move(*value));
    }
    return values;
}

}  // namespace muster::rest
