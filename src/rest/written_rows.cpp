// Keys in, rows out.
// SPDX-License-Identifier: Apache-2.0
#include "rest/written_rows.hpp"

#include <boost/json/serialize.hpp>

namespace muster::rest {

namespace {

namespace json = boost::json;

json::value key_part(const store::Row& row, std::size_t column) {
    const store::Cell& cell = row.cells()[column];
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    if (const auto* text = std::get_if<std::string>(&cell)) return json::string(*text);
    return nullptr;
}

}  // namespace

WrittenRows::WrittenRows(const Relation& relation, const store::Dialect& dialect)
    : m_relation(relation), m_dialect(dialect) {
    if (relation.primary_key) {
        m_columns = relation.primary_key->columns;
    } else {
        m_columns = {std::string(dialect.row_id())};
    }
}

std::string WrittenRows::type_of(std::size_t column) const {
    const Column* const known = m_relation.find_column(m_columns[column]);
    return known ? std::string(to_text(known->type)) : "tid";
}

std::string WrittenRows::keys(Values& values) const {
    return m_dialect.keys_from(values.add(json::serialize(m_keys)));
}

std::string WrittenRows::returning(const std::string& alias) const {
    const std::string table = alias.empty() ? "" : alias + ".";
    std::string sql;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (i > 0) sql += ", ";
        sql += m_dialect.key_column(table + quote_name(m_columns[i]), type_of(i));
    }
    return sql;
}

void WrittenRows::add(const store::Row& row) {
    if (m_columns.size() == 1) {
        m_keys.push_back(key_part(row, 0));
        return;
    }
    json::array key;
    for (std::size_t i = 0; i < m_columns.size(); ++i) key.push_back(key_part(row, i));
    m_keys.push_back(std::move(key));
}

std::string WrittenRows::from(const std::string& alias, Values& values) const {
    std::string sql =
        keys(values) + ", " + quote_name(m_relation.name) + " AS " + alias + " WHERE ";
    const bool is_single = m_columns.size() == 1;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (i > 0) sql += " AND ";
        sql += m_dialect.key_column(alias + "." + quote_name(m_columns[i]), type_of(i)) + " = " +
               m_dialect.key_part(is_single ? -1 : static_cast<int>(i), type_of(i));
    }
    return sql;
}

std::string WrittenRows::condition(Values& values) const {
    const bool is_single = m_columns.size() == 1;
    std::string parts;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        parts += (i == 0 ? "" : ", ") +
                 m_dialect.key_part(is_single ? -1 : static_cast<int>(i), type_of(i));
    }
    return "(" + returning() + ") IN (SELECT " + parts + " FROM " + keys(values) + ")";
}

Failure policy_violation(const Relation& relation) {
    return {"42501",
            "new row violates row-level security policy for table \"" + relation.name + "\""};
}

Result<void> require_all(store::Transaction& transaction, const Relation& relation,
                         const WrittenRows& rows, const std::string& predicate) {
    if (predicate == "TRUE" || rows.size() == 0) return {};
    Values values(rows.dialect());
    const std::string sql =
        "SELECT count(*) FROM " + rows.from("t0", values) + " AND (" + predicate + ") IS NOT TRUE";
    const auto counted = transaction.all_of(sql, values.view());
    if (counted.at(0).integer(0) != 0) return std::unexpected(policy_violation(relation));
    return {};
}

Result<Found> represent(store::Transaction& transaction, const Access& access,
                        const Relation& relation, const Query& query, const WrittenRows& rows,
                        store::NullMembers nulls) {
    const std::string visible = access.using_sql(Command::select, relation, "t0");
    if (auto seen = require_all(transaction, relation, rows, visible); !seen) {
        return std::unexpected(seen.error());
    }
    // The filters said which rows to write; what they have become is shown whatever it is.
    Level shown = query.level;
    shown.where = {};
    Values values(access.dialect());
    SelectionWriter writer(access, values, nulls);
    const Source source = writer.open(relation);
    const std::string from = " FROM " + rows.from(source.alias, values);
    const auto where = writer.where(shown, source);
    if (!where) return std::unexpected(where.error());
    const auto members = writer.members(shown, source);
    if (!members) return std::unexpected(members.error());
    auto order = writer.order(shown, source);
    if (!order) return std::unexpected(order.error());
    if (order->empty()) *order = " ORDER BY k.key";
    Found found;
    found.shape = shape_of(*members);
    found.rows = transaction.all_of(
        "SELECT " + select_list(*members) + from + " AND " + *where + *order, values.view());
    reveal_rows(access, found);
    return found;
}

}  // namespace muster::rest
