// PostgreSQL's own types and operators. Each parameter says its type: the server then need not
// guess it from where the parameter stands.
// SPDX-License-Identifier: Apache-2.0
#include "store/dialect.hpp"

#include <random>

#include <fmt/format.h>

#include "store/array_text.hpp"

namespace muster::store {

namespace {

/// What the tables of the published schema refer to counts as well, but nothing of Muster's own.
/// A partitioned table is one; its partitions are not shown beside it. A domain's values are those
/// of its type.
constexpr CatalogStatements postgres_catalog{
    .stated = "SELECT table_name, column_name, NULL::text, secrecy FROM muster.column_secrecy",
    .columns = R"sql(
        SELECT c.relname, c.relkind IN ('v', 'm'), a.attname,
            (
                WITH RECURSIVE meant (type, modifier) AS (
                    SELECT a.atttypid, a.atttypmod
                    UNION ALL
                    SELECT t.typbasetype, t.typtypmod FROM meant
                    JOIN pg_catalog.pg_type t ON t.oid = meant.type AND t.typtype = 'd'
                )
                SELECT pg_catalog.format_type(type, modifier) FROM meant
                JOIN pg_catalog.pg_type t ON t.oid = type AND t.typtype <> 'd'
            ),
            a.attnotnull,
            CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
            coalesce(array_position(p.conkey, a.attnum), 0), FALSE, c.relkind = 'r',
            c.relrowsecurity, p.conname
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_catalog.pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p'
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND NOT c.relispartition
        ORDER BY c.relname COLLATE "C", a.attnum)sql",
    .uniques = R"sql(
        SELECT i.relname, TRUE, a.attname
        FROM pg_catalog.pg_index x
        JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
        CROSS JOIN LATERAL unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, place)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
            AND k.attnum <> 0
        WHERE x.indrelid = to_regclass('public.' || quote_ident($1)) AND x.indisunique
            AND x.indpred IS NULL AND NOT x.indisprimary
        ORDER BY i.oid, k.place)sql",
    .seekable = R"sql(
        SELECT DISTINCT a.attname::text
        FROM pg_catalog.pg_index x
        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
        WHERE x.indrelid = to_regclass('public.' || quote_ident($1)) AND x.indpred IS NULL
        ORDER BY 1)sql",
    .foreign_keys = R"sql(
        SELECT f.oid::bigint, t.relname, a.attname, b.attname, f.confdeltype IN ('a', 'r'),
            f.conname, t.relnamespace = 'public'::regnamespace
        FROM pg_catalog.pg_constraint f
        JOIN pg_catalog.pg_class t ON t.oid = f.confrelid
        CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (own, other, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.own
        JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.other
        WHERE f.conrelid = to_regclass('public.' || quote_ident($1)) AND f.contype = 'f'
            AND f.conparentid = 0
        ORDER BY f.oid, k.place)sql",
};

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

/// {"a":1,"b":2} of one row: without the blanks of json_build_object.
std::string object_of(NullMembers nulls) {
    return nulls == NullMembers::stripped ? "json_strip_nulls(row_to_json(r))" : "row_to_json(r)";
}

std::string columns_of(const std::vector<SqlMember>& members) {
    std::string sql;
    for (const SqlMember& member : members) {
        sql += (sql.empty() ? "" : ", ") + member.sql + " AS " + quoted(member.name);
    }
    return sql;
}

/// A place that is known to nobody who could write it into a value.
std::string make_mark() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

class PostgresDialect final : public Dialect {
public:
    bool guards_rows() const override { return true; }
    bool writes_like_postgresql() const override { return true; }
    const CatalogStatements& catalog() const override { return postgres_catalog; }
    std::string_view row_id() const override { return "ctid"; }

    std::string value(const std::string& parameter, std::string_view type) const override {
        if (type == "text[]") return array_from(parameter);
        return leaves_type_open(type) ? parameter : parameter + "::" + std::string(type);
    }
    std::string comparable(const std::string& sql, std::string_view type) const override {
        return type == "text[]" ? texts(sql) : sql;
    }
    std::string pattern(std::string_view operation, const std::string& left,
                        const std::string& right) const override {
        const std::string_view symbol = operation == "like"    ? "LIKE"
                                        : operation == "ilike" ? "ILIKE"
                                        : operation == "match" ? "~"
                                                               : "~*";
        return fmt::format("{}::text {} {}::text", left, symbol, right);
    }
    std::string contains(const std::string& left, const std::string& right,
                         std::string_view type) const override {
        return comparable(left, type) + " @> " + comparable(right, type);
    }
    std::string overlaps(const std::string& left, const std::string& right) const override {
        return texts(left) + " && " + texts(right);
    }
    std::string list(std::string items, std::string_view type) const override {
        return type == "text[]" ? items : array_text(items).value();
    }
    /// An array: an index serves it, a subquery not always.
    std::string is_in(const std::string& left, const std::string& items,
                      std::string_view type) const override {
        if (type == "text[]") {
            return fmt::format(
                "{} IN (SELECT {} FROM jsonb_array_elements_text({}::jsonb) AS e (value))",
                texts(left), array_from("e.value"), items);
        }
        const std::string cast =
            leaves_type_open(type) ? std::string() : fmt::format("::{}[]", type);
        return fmt::format("{} = ANY ({}{})", left, items, cast);
    }

    std::string null_of(std::string_view type, const std::string& instead_of) const override {
        if (instead_of.empty()) return "NULL::" + std::string(type);
        return fmt::format("CASE WHEN {} IS NULL THEN NULL::{} END", instead_of, type);
    }
    std::string json_step(const std::string& sql, std::string_view type, const std::string& place,
                          bool is_index, bool as_text) const override {
        const std::string whole =
            type == "text[]" ? "to_jsonb(" + sql + ")" : "(" + sql + ")::jsonb";
        return fmt::format("({} {} {}::{})", whole, as_text ? "->>" : "->", place,
                           is_index ? "integer" : "text");
    }
    std::string cast(const std::string& sql, std::string_view, std::string_view to) const override {
        return fmt::format("CAST({} AS {})", sql, to);
    }
    std::string reveal(std::string_view purpose, const std::string& column) const override {
        return fmt::format("('{}[{}|' || {} || ']')", m_mark, purpose, column);
    }
    std::string_view reveal_mark() const override { return m_mark; }

    std::string row_subquery(std::vector<SqlMember> members, NullMembers nulls,
                             const std::string& rest, SqlValues&) const override {
        return fmt::format("(SELECT {} FROM (SELECT {}{} LIMIT 1) AS r)", object_of(nulls),
                           columns_of(members), rest);
    }
    /// Without the blanks and line ends of json_agg.
    std::string rows_subquery(std::vector<SqlMember> members, NullMembers nulls,
                              const std::string& rest, SqlValues&) const override {
        return fmt::format(
            "(SELECT ('[' || coalesce(string_agg({}::text, ','), '') || ']')::json "
            "FROM (SELECT {}{}) AS r)",
            object_of(nulls), columns_of(members), rest);
    }
    std::string values_subquery(const SqlMember& member, const std::string& rest,
                                SqlValues&) const override {
        return fmt::format(
            "(SELECT ('[' || coalesce(string_agg(coalesce(to_json(r.v)::text, 'null'), ','), '') "
            "|| ']')::json FROM (SELECT {} AS v{}) AS r)",
            member.sql, rest);
    }

    /// Whatever type counts as text has no operator for a text beside it.
    std::string key_column(const std::string& sql, std::string_view type) const override {
        return type == "text" ? sql + "::text" : sql;
    }
    std::string keys_from(const std::string& parameter) const override {
        return fmt::format("jsonb_array_elements({}::jsonb) WITH ORDINALITY AS k (value, key)",
                           parameter);
    }
    std::string key_part(int part, std::string_view type) const override {
        const std::string text =
            part < 0 ? std::string("(k.value #>> '{}')") : fmt::format("(k.value ->> {})", part);
        return text + "::" + std::string(type);
    }

private:
    /// What counts as text may be an enum's or an address, and a double precision a real: the
    /// column beside the parameter says which.
    static bool leaves_type_open(std::string_view type) {
        return type == "text" || type == "double precision";
    }
    /// A varchar[] has no operator for a text[] beside it.
    static std::string texts(const std::string& sql) { return "(" + sql + ")::text[]"; }
    static std::string array_from(const std::string& json) {
        return fmt::format(
            "CASE WHEN {0}::jsonb IS NULL THEN NULL ELSE "
            "ARRAY(SELECT jsonb_array_elements_text({0}::jsonb)) END",
            json);
    }

    std::string m_mark = make_mark();
};

}  // namespace

const Dialect& postgres_dialect() {
    static const PostgresDialect dialect;
    return dialect;
}

}  // namespace muster::store
