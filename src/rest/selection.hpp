// One level of a request (the URL's relation, or an embed) as the parts of a SELECT. Row-level
// security is part of every WHERE that leaves here.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rest/expressions.hpp"
#include "rest/query.hpp"
#include "rest/relationships.hpp"

namespace muster::rest {

using store::NullMembers;

/// A member of the rows that a level makes.
using Member = store::SqlMember;

/// "a, b, c" of the members' SQL; "NULL" of none.
std::string select_list(const std::vector<Member>& members);
std::vector<store::RowMember> shape_of(const std::vector<Member>& members);

/// Writes one statement: values and aliases are numbered through it.
class SelectionWriter {
public:
    /// Both must outlive it.
    SelectionWriter(const Access& access, Values& values, store::NullMembers nulls)
        : m_access(access), m_values(values), m_nulls(nulls) {}

    /// "devices" under an alias of its own.
    Source open(const Relation& relation);

    /// The rows that the caller may select and the level's filters let through, and that have what
    /// its !inner embeds ask for. Fails: 42703, 42501, PGRST120, PGRST200, PGRST201, and
    /// condition_sql's.
    Result<std::string> where(const Level& level, const Source& source);
    /// The same without the policies: for UPDATE and DELETE, which have their own.
    Result<std::string> filters(const Level& level, const Source& source);
    /// Fails: as where(); 42846, 42704, PGRST123.
    Result<std::vector<Member>> members(const Level& level, const Source& source);
    /// " ORDER BY ...", or nothing. Fails: as where(); PGRST108, PGRST118.
    Result<std::string> order(const Level& level, const Source& source);
    /// " LIMIT $n OFFSET $m", within rows_max.
    std::string page(const Level& level);

private:
    Result<std::string> logic(const Logic& logic, const Level& level, const Source& source);
    Result<std::string> condition(const Condition& condition, const Level& level,
                                  const Source& source);
    Result<std::string> order_term(const OrderTerm& term, const Level& level, const Source& source);
    Result<Expression> order_field(const OrderTerm& term, const Level& level, const Source& source);
    Result<Relationship> relationship(const Embed& embed, const Source& source) const;
    /// "FROM target AS t1 WHERE <joined to source, and visible>"; fills in the target.
    struct Joined {
        Source target;
        std::string from;   ///< with the junction, if there is one
        std::string where;  ///< join, policies and the embed's own filters
    };
    Result<Joined> join(const Embed& embed, const Relationship& relationship, const Source& source);
    Result<std::string> existence(const Embed& embed, const Source& source);

    Result<void> add_field(const SelectField& field, const Source& source,
                           std::vector<Member>& members);
    Result<void> add_all_columns(const Source& source, std::vector<Member>& members);
    Result<void> add_embed(const Embed& embed, const Source& source, std::vector<Member>& members);
    Result<void> add_spread(const Embed& embed, const Relationship& relationship,
                            const Source& source, std::vector<Member>& members);
    Result<void> make_arrays(const Embed& embed, const Joined& joined,
                             std::vector<Member>& members);
    Result<std::string> array_of(const Embed& embed, const Joined& joined);

    const Access& m_access;
    Values& m_values;
    store::NullMembers m_nulls;
    int m_aliases = 0;
};

/// The name under which parameters and rows know the embed.
const std::string& name_of(const Embed& embed);

}  // namespace muster::rest
