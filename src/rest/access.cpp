// Grants, and the words for names that are not there.
// SPDX-License-Identifier: Apache-2.0
#include "rest/access.hpp"

#include "rest/similarity.hpp"
#include "store/json_row.hpp"

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

/// Inside a JSON string, without its quotes.
std::string as_json(const std::string& secret) {
    std::string text;
    store::append_json_string(text, secret);
    return text.substr(1, text.size() - 2);
}

}  // namespace

void Access::reveal(std::string& text, bool is_json) const {
    const std::string_view mark = dialect().reveal_mark();
    if (mark.empty() || m_role != Role::service_role) return;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        const auto end = text.find(']', at);
        const auto bar = text.find('|', at);
        if (end == std::string::npos || bar > end) return;
        const auto begin = at + mark.size() + 1;
        const auto secret = m_schema.reveal(std::string_view(text).substr(begin, bar - begin),
                                            std::string_view(text).substr(bar + 1, end - bar - 1));
        const std::string shown = secret.value_or("");
        text.replace(at, end + 1 - at, is_json ? as_json(shown) : shown);
    }
}

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
