// Grants, and the words for names that are not there.
// SPDX-License-Identifier: Apache-2.0
#include "rest/access.hpp"

#include "rest/similarity.hpp"

namespace muster::rest {

namespace {

constexpr double table_similarity_min = 0.75;  ///< from which PostgREST offers another table

std::unexpected<Failure> denied(const Relation& relation) {
    const std::string_view kind = relation.is_view ? "view " : "table ";
    return fail("42501", "permission denied for " + std::string(kind) + relation.name);
}

std::unexpected<Failure> no_column(const Relation& relation, std::string_view column) {
    boost::json::value hint = nullptr;
    for (const Column& other : relation.columns) {
        if (!is_near_miss(column, other.name)) continue;
        hint = boost::json::string("Perhaps you meant to reference the column \"" + relation.name +
                                   "." + other.name + "\".");
        break;
    }
    return fail("42703", "column " + relation.name + "." + std::string(column) + " does not exist",
                nullptr, std::move(hint));
}

}  // namespace

Result<const Relation*> Access::find_relation(std::string_view name) const {
    const Relation* const found = catalog().find(name);
    if (found && is_exposed(*found)) return found;
    const Relation* nearest = nullptr;
    double best = table_similarity_min;
    for (const auto& [other, relation] : catalog().relations()) {
        const double similar = is_exposed(relation) ? similarity(name, other) : 0;
        if (similar < best) continue;
        best = similar;
        nearest = &relation;
    }
    boost::json::value hint = nullptr;
    if (nearest) {
        hint = boost::json::string("Perhaps you meant the table 'public." + nearest->name + "'");
    }
    return fail("PGRST205",
                "Could not find the table 'public." + std::string(name) + "' in the schema cache",
                nullptr, std::move(hint));
}

Result<void> Access::allow(Command command, const Relation& relation) const {
    if (!m_schema.policies.may(m_role, command, relation.name)) return denied(relation);
    return {};
}

Result<const Column*> Access::allow(Command command, const Relation& relation,
                                    std::string_view column) const {
    const Column* const found = relation.find_column(column);
    if (!found) return no_column(relation, column);
    if (!m_schema.policies.may(m_role, command, relation.name, column)) return denied(relation);
    return found;
}

}  // namespace muster::rest
