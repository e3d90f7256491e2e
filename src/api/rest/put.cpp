// Checks only: the writing is an upsert's.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/put.hpp"

#include <algorithm>
#include <variant>

#include <boost/json/serialize.hpp>

namespace muster::api {

namespace {

using rest::fail;

std::unexpected<rest::Failure> bad_filters() {
    return fail("PGRST105",
                "Filters must include all and only primary key columns with 'eq' operators");
}

bool is_plain_eq(const rest::Condition& condition) {
    return condition.op == rest::Operator::eq && !condition.negated &&
           condition.quantifier == rest::Quantifier::none && condition.field.path.empty();
}

bool says(const boost::json::object& row, const rest::Condition& condition) {
    const auto* member = row.if_contains(condition.field.column);
    if (!member) return false;
    if (member->is_string()) return member->get_string() == condition.operand;
    return boost::json::serialize(*member) == condition.operand;
}

}  // namespace

rest::Result<void> check_put(const TableRequest& table) {
    const rest::Level& level = table.query.level;
    if (level.limit || level.offset != 0) {
        return fail("PGRST114", "limit/offset querystring parameters are not allowed for PUT");
    }
    const auto& key = table.relation->primary_key;
    if (!key || level.where.children.size() != key->columns.size()) return bad_filters();
    const bool one_row = table.rows.values.size() == 1;
    for (const auto& child : level.where.children) {
        const auto* condition = std::get_if<rest::Condition>(&child);
        if (!condition || !is_plain_eq(*condition)) return bad_filters();
        if (std::ranges::find(key->columns, condition->field.column) == key->columns.end()) {
            return bad_filters();
        }
        if (!one_row || !says(table.rows.values.front().get_object(), *condition)) {
            return fail("PGRST115", "Payload values do not match URL in primary key column(s)");
        }
    }
    return {};
}

}  // namespace muster::api
