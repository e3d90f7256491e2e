// SELECT's parts. Embeds are correlated subqueries that make JSON text: selection_embeds.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "rest/selection.hpp"

#include <algorithm>

#include "rest/conditions.hpp"

namespace muster::rest {

namespace {

const Embed* find_embed(const Level& level, std::string_view name) {
    for (const auto& item : level.select) {
        const auto* embed = std::get_if<Embed>(&item);
        if (embed && name_of(*embed) == name) return embed;
    }
    return nullptr;
}

/// An old spelling of count().
bool is_bare_count(const SelectField& field, const Source& source) {
    return field.field.column == "count" && field.field.path.empty() &&
           source.relation.find_column("count") == nullptr;
}

/// `metadata->a->>b` is called b; `tags->0` is called tags.
std::string member_name(const SelectField& field) {
    if (!field.alias.empty()) return field.alias;
    for (auto step = field.field.path.rbegin(); step != field.field.path.rend(); ++step) {
        if (const auto* key = std::get_if<std::string>(&step->key)) return *key;
    }
    return field.field.column;
}

}  // namespace

std::string select_list(const std::vector<Member>& members) {
    std::string sql;
    for (const Member& member : members) {
        if (!sql.empty()) sql += ", ";
        sql += member.sql;
    }
    return sql.empty() ? "NULL" : sql;
}

std::vector<store::RowMember> shape_of(const std::vector<Member>& members) {
    std::vector<store::RowMember> shape;
    shape.reserve(members.size());
    for (const Member& member : members) shape.push_back({member.name, member.kind});
    return shape;
}

const std::string& name_of(const Embed& embed) {
    return embed.alias.empty() ? embed.target : embed.alias;
}

Source SelectionWriter::open(const Relation& relation) {
    return {relation, "t" + std::to_string(m_aliases++)};
}

Result<std::string> SelectionWriter::where(const Level& level, const Source& source) {
    if (auto allowed = m_access.allow(Command::select, source.relation); !allowed) {
        return std::unexpected(allowed.error());
    }
    auto sql = filters(level, source);
    if (!sql) return sql;
    return "(" + m_access.using_sql(Command::select, source.relation, source.alias) + ") AND " +
           *sql;
}

Result<std::string> SelectionWriter::filters(const Level& level, const Source& source) {
    auto sql = logic(level.where, level, source);
    if (!sql) return sql;
    for (const auto& item : level.select) {
        const auto* embed = std::get_if<Embed>(&item);
        if (!embed || !embed->inner) continue;
        const auto there = existence(*embed, source);
        if (!there) return there;
        *sql += " AND " + *there;
    }
    return sql;
}

Result<std::string> SelectionWriter::logic(const Logic& logic, const Level& level,
                                           const Source& source) {
    std::vector<std::string> terms;
    for (const auto& child : logic.children) {
        const auto* leaf = std::get_if<Condition>(&child);
        auto one = leaf ? condition(*leaf, level, source)
                        : this->logic(std::get<Logic>(child), level, source);
        if (!one) return one;
        terms.push_back(std::move(*one));
    }
    const bool all = logic.join == Logic::Join::all;
    // Each pair of parentheses takes room in SQLite's parser: no more than needed.
    std::string sql = terms.empty() ? "(TRUE)" : join_terms(terms, all ? " AND " : " OR ");
    const bool lone_condition =
        terms.size() == 1 && std::holds_alternative<Condition>(logic.children.front());
    if (lone_condition) sql = "(" + sql + ")";
    return logic.negated ? "NOT " + sql : sql;
}

Result<std::string> SelectionWriter::condition(const Condition& condition, const Level& level,
                                               const Source& source) {
    const bool column = source.relation.find_column(condition.field.column) != nullptr;
    const Embed* const embed = column ? nullptr : find_embed(level, condition.field.column);
    if (!embed) {
        const auto left = read_field(m_access, source, condition.field, m_values);
        if (!left) return std::unexpected(left.error());
        return condition_sql(*left, condition, m_values);
    }
    const bool presence = condition.op == Operator::is &&
                          (condition.operand == "null" || condition.operand == "not_null");
    if (!presence) {
        return fail("PGRST120", "Bad operator on the '" + name_of(*embed) + "' embedded resource",
                    "Only is null or not is null filters are allowed on embedded resources");
    }
    const auto there = existence(*embed, source);
    if (!there) return there;
    const bool wanted = (condition.operand == "not_null") != condition.negated;
    return (wanted ? "" : "NOT ") + *there;
}

Result<std::string> SelectionWriter::order(const Level& level, const Source& source) {
    std::string sql;
    for (const OrderTerm& term : level.order) {
        const auto one = order_term(term, level, source);
        if (!one) return one;
        sql += sql.empty() ? " ORDER BY " : ", ";
        sql += *one;
    }
    return sql;
}

/// PostgreSQL counts nulls as the largest, SQLite as the smallest: said where there can be any.
Result<std::string> SelectionWriter::order_term(const OrderTerm& term, const Level& level,
                                                const Source& source) {
    const auto field = order_field(term, level, source);
    if (!field) return std::unexpected(field.error());
    std::string sql = m_access.dialect().comparable(field->sql, to_text(field->type)) +
                      (term.descending ? " DESC" : " ASC");
    const Column* const column = source.relation.find_column(term.field.column);
    const bool never_null =
        !term.embed && term.field.path.empty() && column != nullptr && !column->nullable;
    if (never_null) return sql;
    return sql + (term.nulls_first.value_or(term.descending) ? " NULLS FIRST" : " NULLS LAST");
}

Result<Expression> SelectionWriter::order_field(const OrderTerm& term, const Level& level,
                                                const Source& source) {
    if (!term.embed) return read_field(m_access, source, term.field, m_values);
    const Embed* const embed = find_embed(level, *term.embed);
    if (!embed) {
        return fail("PGRST108", "'" + *term.embed + "' is not an embedded resource in this request",
                    nullptr,
                    boost::json::string("Verify that '" + *term.embed +
                                        "' is included in the 'select' query parameter."));
    }
    const auto found = relationship(*embed, source);
    if (!found) return std::unexpected(found.error());
    if (!found->to_one()) {
        return fail("PGRST118", "A related order on '" + *term.embed + "' is not possible",
                    boost::json::string("'" + source.relation.name + "' and '" + *term.embed +
                                        "' do not form a many-to-one or one-to-one relationship"));
    }
    const auto joined = join(*embed, *found, source);
    if (!joined) return std::unexpected(joined.error());
    auto field = read_field(m_access, joined->target, term.field, m_values);
    if (!field) return field;
    field->sql = "(SELECT " + field->sql + joined->from + joined->where + " LIMIT 1)";
    return field;
}

std::string SelectionWriter::page(const Level& level) {
    const std::int64_t limit =
        std::min(level.limit.value_or(m_access.rows_max()), m_access.rows_max());
    std::string sql = " LIMIT " + m_values.add(limit);
    if (level.offset > 0) sql += " OFFSET " + m_values.add(level.offset);
    return sql;
}

Result<std::vector<Member>> SelectionWriter::members(const Level& level, const Source& source) {
    std::vector<Member> members;
    for (const auto& item : level.select) {
        const auto* field = std::get_if<SelectField>(&item);
        const auto added = field ? add_field(*field, source, members)
                                 : add_embed(std::get<Embed>(item), source, members);
        if (!added) return std::unexpected(added.error());
    }
    return members;
}

Result<void> SelectionWriter::add_field(const SelectField& field, const Source& source,
                                        std::vector<Member>& members) {
    if (field.aggregate != Aggregate::none || is_bare_count(field, source)) {
        return fail("PGRST123", "Use of aggregate functions is not allowed", nullptr, nullptr);
    }
    if (field.field.column == "*") return add_all_columns(source, members);
    auto expression = read_field(m_access, source, field.field, m_values);
    if (!expression) return std::unexpected(expression.error());
    if (!field.cast.empty())
        expression = cast(std::move(*expression), field.cast, m_access.dialect());
    if (!expression) return std::unexpected(expression.error());
    members.push_back({member_name(field), row_kind(expression->type), expression->sql});
    return {};
}

Result<void> SelectionWriter::add_all_columns(const Source& source, std::vector<Member>& members) {
    for (const Column& column : source.relation.columns) {
        const auto allowed = m_access.allow(Command::select, source.relation, column.name);
        if (!allowed) return std::unexpected(allowed.error());
        members.push_back(
            {column.name, row_kind(column.type), read_column(m_access, source, column)});
    }
    return {};
}

}  // namespace muster::rest
