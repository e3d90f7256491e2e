// Embeds: correlated subqueries that answer with JSON text, to-one an object, to-many an array.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "rest/selection.hpp"

namespace muster::rest {

namespace {

/// "t0.a = t1.b AND ..."
std::string joined_on(const ColumnPairs& pairs, const std::string& left, const std::string& right) {
    std::string sql;
    for (const auto& [one, other] : pairs) {
        if (!sql.empty()) sql += " AND ";
        sql += fmt::format("{}.{} = {}.{}", left, quote_name(one), right, quote_name(other));
    }
    return sql;
}

std::string from(const Source& source) {
    return quote_name(source.relation.name) + " AS " + source.alias;
}

/// By its key: SQLite may read the same rows in another order for each member.
std::string tie_break(const Source& source) {
    std::string sql;
    if (!source.relation.primary_key) return sql;
    for (const std::string& column : source.relation.primary_key->columns) {
        sql += ", " + source.alias + "." + quote_name(column);
    }
    return sql;
}

}  // namespace

/// A relation that the table API does not show is not there for embeds either.
Result<Relationship> SelectionWriter::relationship(const Embed& embed, const Source& source) const {
    auto found = find_relationship(m_access.catalog(), source.relation, embed.target, embed.hint);
    if (!found || m_access.is_exposed(*found->target)) return found;
    Catalog nothing;
    return find_relationship(nothing, source.relation, embed.target, embed.hint);
}

Result<SelectionWriter::Joined> SelectionWriter::join(const Embed& embed,
                                                      const Relationship& relationship,
                                                      const Source& source) {
    Joined joined{open(*relationship.target), {}, {}};
    joined.from = " FROM " + from(joined.target);
    if (relationship.junction) {
        const Source junction = open(*relationship.junction);
        if (auto allowed = m_access.allow(Command::select, junction.relation); !allowed) {
            return std::unexpected(allowed.error());
        }
        joined.from += ", " + from(junction);
        joined.where =
            " WHERE " + joined_on(relationship.columns, source.alias, junction.alias) + " AND " +
            joined_on(relationship.junction_columns, junction.alias, joined.target.alias) +
            " AND (" + m_access.using_sql(Command::select, junction.relation, junction.alias) + ")";
    } else {
        joined.where =
            " WHERE " + joined_on(relationship.columns, source.alias, joined.target.alias);
    }
    const auto own = where(embed.level, joined.target);
    if (!own) return std::unexpected(own.error());
    joined.where += " AND " + *own;
    return joined;
}

Result<std::string> SelectionWriter::existence(const Embed& embed, const Source& source) {
    const auto found = relationship(embed, source);
    if (!found) return std::unexpected(found.error());
    const auto joined = join(embed, *found, source);
    if (!joined) return std::unexpected(joined.error());
    return "EXISTS (SELECT 1" + joined->from + joined->where + ")";
}

Result<void> SelectionWriter::add_embed(const Embed& embed, const Source& source,
                                        std::vector<Member>& members) {
    const auto found = relationship(embed, source);
    if (!found) return std::unexpected(found.error());
    if (embed.spread) return add_spread(embed, *found, source, members);
    if (embed.level.select.empty()) return {};
    const auto joined = join(embed, *found, source);
    if (!joined) return std::unexpected(joined.error());
    if (!found->to_one()) {
        auto array = array_of(embed, *joined);
        if (!array) return std::unexpected(array.error());
        members.push_back({name_of(embed), store::RowKind::json, std::move(*array)});
        return {};
    }
    auto own = this->members(embed.level, joined->target);
    if (!own) return std::unexpected(own.error());
    members.push_back({name_of(embed), store::RowKind::json,
                       m_access.dialect().row_subquery(std::move(*own), m_nulls,
                                                       joined->from + joined->where, m_values)});
    return {};
}

/// Each member of a spread row is a subquery of its own in the parent's row.
Result<void> SelectionWriter::add_spread(const Embed& embed, const Relationship& relationship,
                                         const Source& source, std::vector<Member>& members) {
    const std::size_t before = m_values.size();
    const auto joined = join(embed, relationship, source);
    if (!joined) return std::unexpected(joined.error());
    auto lifted = this->members(embed.level, joined->target);
    if (!lifted) return std::unexpected(lifted.error());
    if (lifted->empty()) m_values.cut(before);  // of embeds without members, for their filters
    if (!relationship.to_one()) {
        if (auto made = make_arrays(embed, *joined, *lifted); !made) return made;
    }
    for (Member& member : *lifted) {
        if (relationship.to_one()) {
            member.sql = "(SELECT " + member.sql + joined->from + joined->where + " LIMIT 1)";
        }
        members.push_back(std::move(member));
    }
    return {};
}

/// Of many rows each member is an array, in which a row has the same place everywhere.
Result<void> SelectionWriter::make_arrays(const Embed& embed, const Joined& joined,
                                          std::vector<Member>& members) {
    auto sorted = order(embed.level, joined.target);
    if (!sorted) return std::unexpected(sorted.error());
    const std::string ties = tie_break(joined.target);
    *sorted += sorted->empty() && !ties.empty() ? " ORDER BY " + ties.substr(2) : ties;
    if (members.empty()) return {};
    const std::string rows = joined.from + joined.where + *sorted + page(embed.level);
    for (Member& member : members) {
        member.sql = m_access.dialect().values_subquery(member, rows, m_values);
        member.kind = store::RowKind::json;
    }
    return {};
}

Result<std::string> SelectionWriter::array_of(const Embed& embed, const Joined& joined) {
    auto members = this->members(embed.level, joined.target);
    if (!members) return std::unexpected(members.error());
    const auto sorted = order(embed.level, joined.target);
    if (!sorted) return sorted;
    const std::string rest = joined.from + joined.where + *sorted + page(embed.level);
    return m_access.dialect().rows_subquery(std::move(*members), m_nulls, rest, m_values);
}

}  // namespace muster::rest
