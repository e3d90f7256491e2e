// SQLite stores uuid, timestamptz, date, JSON and arrays as text (store/schema), so most of what
// PostgreSQL does by type is done here by functions of ours (DESIGN.md, "SQL functions").
// SPDX-License-Identifier: Apache-2.0
#include "store/dialect.hpp"

#include <algorithm>

namespace muster::store {

namespace {

constexpr CatalogStatements sqlite_catalog{
    .stated = "SELECT table_name, column_name, type, secrecy FROM column_types",
    // `hidden` 1 is a virtual table's own parameter.
    .columns = R"sql(
        SELECT l.name, l.type = 'view', x.name, x.type, x."notnull", x.dflt_value, x.pk, l.strict,
            l.type = 'table' AND NOT l.wr, FALSE, NULL
        FROM pragma_table_list l, pragma_table_xinfo(l.name) x
        WHERE l.schema = 'main' AND l.name NOT GLOB 'sqlite_*' AND x.hidden <> 1
        ORDER BY l.name, x.cid)sql",
    .uniques = R"sql(
        SELECT l.name, l.origin = 'c', i.name
        FROM pragma_index_list($1) l, pragma_index_info(l.name) i
        WHERE l."unique" AND NOT l.partial AND l.origin <> 'pk'
        ORDER BY l.seq DESC, i.seqno)sql",
    .seekable = R"sql(
        SELECT DISTINCT i.name FROM pragma_index_list($1) l, pragma_index_info(l.name) i
        WHERE NOT l.partial AND i.seqno = 0 AND i.name IS NOT NULL ORDER BY i.name)sql",
    // They are numbered from the last.
    .foreign_keys = R"sql(
        SELECT id, "table", "from", "to", on_delete IN ('NO ACTION', 'RESTRICT'), NULL, TRUE
        FROM pragma_foreign_key_list($1)
        ORDER BY id DESC, seq)sql",
};

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
    return std::ranges::find(types, type) != types.end();
}

bool is_number(std::string_view type) {
    return is_one_of(type, {"integer", "bigint", "double precision", "numeric"});
}

std::string to_text(const std::string& sql, std::string_view type) {
    if (type == "boolean") {
        return "CASE " + sql + " WHEN TRUE THEN 'true' WHEN FALSE THEN 'false' END";
    }
    if (type == "text[]") return "array_text(" + sql + ")";
    if (type == "timestamp with time zone") {
        return "(replace(rtrim(rtrim(substr(" + sql + ", 1, 26), '0'), '.'), 'T', ' ') || '+00')";
    }
    return is_number(type) ? "CAST(" + sql + " AS TEXT)" : sql;
}

std::string list_of(const std::vector<SqlMember>& members) {
    std::string sql;
    for (const SqlMember& member : members) sql += (sql.empty() ? "" : ", ") + member.sql;
    return sql.empty() ? "NULL" : sql;
}

std::string spec_of(const std::vector<SqlMember>& members, NullMembers nulls) {
    std::vector<RowMember> shape;
    shape.reserve(members.size());
    for (const SqlMember& member : members) shape.push_back({member.name, member.kind});
    return make_row_spec(shape, nulls);
}

/// json_row($n, a, b). It takes so many members: more of them go through rows of their own.
std::string row_of(std::vector<SqlMember> members, NullMembers nulls, SqlValues& values) {
    constexpr std::size_t members_max = json_row_values_max;
    while (members.size() > members_max) {
        std::vector<SqlMember> parts;
        for (std::size_t at = 0; at < members.size(); at += members_max) {
            const auto first = members.begin() + static_cast<std::ptrdiff_t>(at);
            const auto count = std::min(members_max, members.size() - at);
            parts.push_back(
                {"", RowKind::spread,
                 row_of({first, first + static_cast<std::ptrdiff_t>(count)}, nulls, values)});
        }
        members = std::move(parts);
    }
    const std::string spec = values.add_text(spec_of(members, nulls));
    return "json_row(" + spec + ", " + list_of(members) + ")";
}

class SqliteDialect final : public Dialect {
public:
    bool guards_rows() const override { return false; }
    bool writes_like_postgresql() const override { return false; }
    const CatalogStatements& catalog() const override { return sqlite_catalog; }
    std::string_view row_id() const override { return "rowid"; }

    std::string value(const std::string& parameter, std::string_view) const override {
        return parameter;
    }
    std::string comparable(const std::string& sql, std::string_view type) const override {
        if (type == "jsonb") return "json_order(" + sql + ")";
        return type == "text[]" ? "json(" + sql + ")" : sql;
    }
    std::string pattern(std::string_view operation, const std::string& left,
                        const std::string& right) const override {
        return "pg_" + std::string(operation) + "(" + left + ", " + right + ")";
    }
    std::string contains(const std::string& left, const std::string& right,
                         std::string_view type) const override {
        const std::string function = type == "jsonb" ? "json_contains" : "array_contains";
        return function + "(" + left + ", " + right + ")";
    }
    std::string overlaps(const std::string& left, const std::string& right) const override {
        return "json_overlaps(" + left + ", " + right + ")";
    }
    std::string list(std::string items, std::string_view) const override { return items; }
    std::string is_in(const std::string& left, const std::string& items,
                      std::string_view type) const override {
        return comparable(left, type) + " IN (SELECT " + comparable("value", type) +
               " FROM json_each(" + items + "))";
    }

    std::string null_of(std::string_view, const std::string& instead_of) const override {
        return instead_of.empty() ? "NULL" : "iif(TRUE, NULL, " + instead_of + ")";
    }
    std::string json_step(const std::string& sql, std::string_view, const std::string& place, bool,
                          bool as_text) const override {
        return (as_text ? "json_get_text(" : "json_get(") + sql + ", " + place + ")";
    }
    std::string cast(const std::string& sql, std::string_view from,
                     std::string_view to) const override {
        if (to == "text") return to_text(sql, from);
        if (is_number(from) && is_number(to)) {
            return is_one_of(to, {"integer", "bigint"}) ? "CAST(round(" + sql + ") AS INTEGER)"
                                                        : "CAST(" + sql + " AS REAL)";
        }
        if (from == "text" && is_number(to)) {
            return "cast_text(" + sql + ", '" + std::string(to) + "')";
        }
        const bool to_day = to == "date" && from == "timestamp with time zone";
        return to_day ? "substr(" + sql + ", 1, 10)" : sql;
    }
    std::string reveal(std::string_view purpose, const std::string& column) const override {
        return "reveal_secret('" + std::string(purpose) + "', " + column + ")";
    }

    std::string row_subquery(std::vector<SqlMember> members, NullMembers nulls,
                             const std::string& rest, SqlValues& values) const override {
        return "(SELECT " + row_of(std::move(members), nulls, values) + rest + " LIMIT 1)";
    }
    /// The rows are made around their columns, not beside them: the parser, which can go only so
    /// deep, has then read the call before it comes to the embeds of the embed.
    std::string rows_subquery(std::vector<SqlMember> members, NullMembers nulls,
                              const std::string& rest, SqlValues& values) const override {
        std::vector<SqlMember> columns = members;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::string name = "c" + std::to_string(i);
            columns[i].sql += " AS " + name;
            members[i].sql = name;
        }
        return "(SELECT json_list(" + row_of(std::move(members), nulls, values) +
               ") FROM (SELECT " + list_of(columns) + rest + "))";
    }
    std::string values_subquery(const SqlMember& member, const std::string& rest,
                                SqlValues& values) const override {
        const RowMember shape[] = {{"", member.kind}};
        return "(SELECT json_list(r) FROM (SELECT json_value(" +
               values.add_text(make_row_spec(shape)) + ", " + member.sql + ") AS r" + rest + "))";
    }

    std::string key_column(const std::string& sql, std::string_view) const override { return sql; }
    std::string keys_from(const std::string& parameter) const override {
        return "json_each(" + parameter + ") AS k";
    }
    std::string key_part(int part, std::string_view) const override {
        return part < 0 ? "k.value" : "k.value ->> " + std::to_string(part);
    }
};

}  // namespace

const Dialect& sqlite_dialect() {
    static const SqliteDialect dialect;
    return dialect;
}

}  // namespace muster::store
