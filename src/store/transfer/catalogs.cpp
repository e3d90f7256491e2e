// SQLite's pragmas on one side, pg_catalog on the other.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/catalogs.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace muster::store::transfer {

namespace {

constexpr std::chrono::milliseconds patience{60'000};
constexpr std::array<std::string_view, 2> staying{"schema_migrations", "column_types"};

struct TargetTable {
    std::string oid;
    std::string name;
    bool is_ours = true;  ///< this role has its owner's rights
};

/// Bare names are looked for as the server's search_path does. A view stands for its one table:
/// muster.users for auth.users.
constexpr std::string_view find_target_sql = R"sql(
    WITH RECURSIVE named AS (
        SELECT c.oid, c.relkind FROM pg_class c
        WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v')
            AND c.relnamespace IN ('muster'::regnamespace, 'public'::regnamespace)
        ORDER BY c.relnamespace = 'muster'::regnamespace DESC LIMIT 1
    ), meant AS (
        SELECT oid, relkind FROM named
        UNION
        SELECT base.oid, base.relkind FROM meant
        JOIN pg_rewrite rule ON rule.ev_class = meant.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> meant.oid
        JOIN pg_class base ON base.oid = d.refobjid AND base.relkind IN ('r', 'p', 'v')
        WHERE meant.relkind = 'v'
    )
    SELECT c.oid::text, format('%I.%I', n.nspname, c.relname),
        pg_has_role(c.relowner, 'USAGE')
    FROM meant JOIN pg_class c ON c.oid = meant.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE meant.relkind <> 'v'
)sql";

constexpr std::string_view target_columns_sql = R"sql(
    SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
)sql";

/// pg_trigger.tgtype: 4 is INSERT, 32 is TRUNCATE.
constexpr std::string_view triggers_sql = R"sql(
    SELECT quote_ident(tgname), CASE tgenabled
            WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END
    FROM pg_trigger
    WHERE tgrelid = $1::oid AND NOT tgisinternal AND tgenabled <> 'D' AND (tgtype & 36) <> 0
    ORDER BY tgname
)sql";

/// Those of a partitioned table's own, not their copies for its partitions.
constexpr std::string_view references_sql =
    "SELECT DISTINCT confrelid::text FROM pg_constraint "
    "WHERE contype = 'f' AND conparentid = 0 AND conrelid = $1::oid";

std::vector<Row> ask_with(postgres::Connection& target, std::string_view sql,
                          std::string_view parameter) {
    const Parameter parameters[] = {parameter};
    return ask(target, sql, parameters);
}

std::vector<std::string> source_tables(sqlite::Connection& source) {
    std::vector<std::string> names;
    for (const Row& row : ask(source,
                              "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type "
                              "IN ('table', 'virtual') AND name NOT GLOB 'sqlite_*' "
                              "ORDER BY name")) {
        if (std::ranges::find(staying, row.text(0)) == staying.end()) names.push_back(row.text(0));
    }
    return names;
}

TargetTable find_target(postgres::Connection& target, const std::string& name) {
    const auto rows = ask_with(target, find_target_sql, name);
    if (rows.size() != 1) {
        throw StoreError(
            fmt::format("the target: it lacks the source's table {}: create it there first, with "
                        "its columns and its policies",
                        name));
    }
    return {rows.front().text(0), rows.front().text(1), rows.front().boolean(2)};
}

/// Columns that are computed are computed again.
void take_columns(MovedTable& table, sqlite::Connection& source, postgres::Connection& target,
                  const TargetTable& found) {
    std::map<std::string, std::string, std::less<>> types;
    for (const Row& row : ask_with(target, target_columns_sql, found.oid)) {
        types.emplace(row.text(0), row.text(1));
    }
    const Parameter name[] = {std::string_view(table.name)};
    std::map<std::int64_t, std::string> key;
    for (const Row& row :
         ask(source, "SELECT name, pk FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY name",
             name)) {
        const auto type = types.find(row.text(0));
        if (type == types.end()) {
            throw StoreError(fmt::format(
                "the target: its table {} lacks the source's column {}.{}: add it first",
                table.target, table.name, row.text(0)));
        }
        table.columns.push_back(row.text(0));
        table.kinds.push_back(kind_of(type->second));
        if (row.integer(1) > 0) key[row.integer(1)] = row.text(0);
    }
    for (auto& [number, column] : key) table.key.push_back(column);
    if (table.key.empty()) table.key.emplace_back("rowid");
}

void take_triggers(MovedTable& table, postgres::Connection& target, const TargetTable& found) {
    for (const Row& row : ask_with(target, triggers_sql, found.oid)) {
        table.triggers.push_back({row.text(0), row.text(1)});
    }
    if (table.triggers.empty() || found.is_ours) return;
    throw StoreError(
        fmt::format("the target: {} has triggers that would act on each row that comes in, and "
                    "only the table's owner can switch them off meanwhile: connect as "
                    "the owner",
                    table.target));
}

/// Each table behind those that it refers to.
class Order {
public:
    struct Node {
        MovedTable table;
        std::vector<std::size_t> refers_to = {};
        enum class State { waiting, open, done } state = State::waiting;
    };
    explicit Order(std::vector<Node> nodes) : m_nodes(std::move(nodes)) {}

    std::vector<MovedTable> take() {
        for (Node& node : m_nodes) visit(node);
        return std::move(m_sorted);
    }

private:
    void visit(Node& node) {
        if (node.state == Node::State::done) return;
        if (node.state == Node::State::open) {
            throw StoreError("the target: its foreign keys go round in a circle at table " +
                             node.table.name + ": drop one of them until the move is done");
        }
        node.state = Node::State::open;
        for (const std::size_t other : node.refers_to) visit(m_nodes[other]);
        node.state = Node::State::done;
        m_sorted.push_back(node.table);
    }

    std::vector<Node> m_nodes;
    std::vector<MovedTable> m_sorted;
};

std::vector<MovedTable> sort(postgres::Connection& target, std::vector<MovedTable> tables,
                             const std::vector<std::string>& oids) {
    std::vector<Order::Node> nodes;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        Order::Node node{std::move(tables[i])};
        for (const Row& row : ask_with(target, references_sql, oids[i])) {
            const auto found = std::ranges::find(oids, row.text(0));
            if (found == oids.end()) continue;
            const auto other = static_cast<std::size_t>(found - oids.begin());
            if (other == i) {
                node.table.refers_to_itself = true;
            } else {
                node.refers_to.push_back(other);
            }
        }
        nodes.push_back(std::move(node));
    }
    return Order(std::move(nodes)).take();
}

/// A secret that the target would show to everybody must not get there.
void check_secrecy(sqlite::Connection& source, postgres::Connection& target) {
    for (const Row& row : ask(source,
                              "SELECT table_name, column_name, secrecy FROM column_types "
                              "WHERE secrecy <> 'none'")) {
        const Parameter column[] = {std::string_view(row.text(0)), std::string_view(row.text(1)),
                                    std::string_view(row.text(2))};
        const auto same = ask(target,
                              "SELECT 1 FROM muster.column_secrecy WHERE table_name = $1 AND "
                              "column_name = $2 AND secrecy = $3",
                              column);
        if (!same.empty()) continue;
        throw StoreError(
            fmt::format("the target: it would show column {}.{}, which is {} in the source: say so "
                        "in its table muster.column_secrecy first",
                        row.text(0), row.text(1), row.text(2)));
    }
}

}  // namespace

std::span<const std::string_view> tables_that_stay() {
    return staying;
}

std::vector<MovedTable> match_catalogs(sqlite::Connection& source, postgres::Connection& target) {
    check_secrecy(source, target);
    std::vector<MovedTable> tables;
    std::vector<std::string> oids;
    for (const std::string& name : source_tables(source)) {
        const TargetTable found = find_target(target, name);
        MovedTable table;
        table.name = name;
        table.target = found.name;
        take_columns(table, source, target, found);
        take_triggers(table, target, found);
        tables.push_back(std::move(table));
        oids.push_back(found.oid);
    }
    return sort(target, std::move(tables), oids);
}

std::string identifier(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        if (c == '"') text += c;
        text += c;
    }
    return text + "\"";
}

std::string list_of(std::span<const std::string> columns) {
    std::vector<std::string> names;
    for (const std::string& column : columns) names.push_back(identifier(column));
    return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<Row> ask(sqlite::Connection& source, std::string_view sql,
                     std::span<const Parameter> parameters) {
    return sqlite::Statement(source.raw(), sql).query(parameters);
}

std::vector<Row> ask(postgres::Connection& target, std::string_view sql,
                     std::span<const Parameter> parameters) {
    postgres::Message message = postgres::message_of(sql, parameters);
    message.is_prepared = false;
    const auto answers = target.exchange(std::span(&message, 1), false, patience);
    return postgres::rows_of(answers.front().get());
}

}  // namespace muster::store::transfer
