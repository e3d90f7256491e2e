// Reads the database's own tables of tables; keys without a name get PostgreSQL's.
// SPDX-License-Identifier: Apache-2.0
#include "rest/catalog.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <utility>

#include "store/dialect.hpp"

namespace muster::rest {

namespace {

struct TypeName {
    std::string_view name;
    Type type;
};

/// The first name of a type is the one in PostgreSQL's messages.
constexpr TypeName type_names[] = {
    {"text", Type::text},
    {"character varying", Type::text},
    {"varchar", Type::text},
    {"character", Type::text},
    {"char", Type::text},
    {"bpchar", Type::text},
    {"name", Type::text},
    {"citext", Type::text},
    {"inet", Type::text},
    {"cidr", Type::text},
    {"macaddr", Type::text},
    {"interval", Type::text},
    {"time", Type::text},
    {"time without time zone", Type::text},
    {"timestamp", Type::text},
    {"timestamp without time zone", Type::text},
    {"uuid", Type::uuid},
    {"boolean", Type::boolean},
    {"bool", Type::boolean},
    {"integer", Type::integer},
    {"int", Type::integer},
    {"int4", Type::integer},
    {"smallint", Type::integer},
    {"int2", Type::integer},
    {"serial", Type::integer},
    {"bigint", Type::bigint},
    {"int8", Type::bigint},
    {"bigserial", Type::bigint},
    {"double precision", Type::real},
    {"real", Type::real},
    {"float", Type::real},
    {"float4", Type::real},
    {"float8", Type::real},
    {"numeric", Type::numeric},
    {"decimal", Type::numeric},
    {"timestamp with time zone", Type::timestamptz},
    {"timestamptz", Type::timestamptz},
    {"date", Type::date},
    {"json", Type::json},
    {"jsonb", Type::jsonb},
    {"text[]", Type::text_array},
    {"character varying[]", Type::text_array},
    {"varchar[]", Type::text_array},
    {"_text", Type::text_array},
};

/// Lower case, one space between words, without a length: "Varchar (20)" is "varchar".
std::string plain_name(std::string_view name) {
    std::string plain;
    int depth = 0;
    for (const char c : name) {
        if (c == '(') ++depth;
        if (depth == 0) {
            const bool is_space = std::isspace(static_cast<unsigned char>(c)) != 0;
            if (!is_space) plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            if (is_space && !plain.empty() && !plain.ends_with(' ')) plain += ' ';
        }
        if (c == ')' && depth > 0) --depth;
    }
    while (plain.ends_with(' ')) plain.pop_back();
    if (plain.ends_with(" []")) plain.erase(plain.size() - 3, 1);
    return plain;
}

/// SQLite's own types, as STRICT tables declare them.
std::string_view postgresql_name(std::string_view strict_type) {
    if (strict_type == "INTEGER" || strict_type == "INT") return "bigint";
    if (strict_type == "REAL") return "double precision";
    return "text";
}

/// PostgreSQL's names are at most 63 bytes: the longer of both parts loses its end.
std::string constraint_name(std::string table, std::string columns, std::string_view label) {
    constexpr std::size_t name_max = 63;
    const std::size_t room = name_max - label.size() - (columns.empty() ? 1 : 2);
    while (table.size() + columns.size() > room) {
        (table.size() > columns.size() ? table : columns).pop_back();
    }
    if (!columns.empty()) table += "_" + columns;
    return table + "_" + std::string(label);
}

std::string joined(const std::vector<std::string>& columns) {
    std::string text;
    for (const std::string& column : columns) text += (text.empty() ? "" : "_") + column;
    return text;
}

/// Of its relation's constraints: a second one of the same columns gets a number.
std::string free_name(const Relation& relation, const std::vector<std::string>& columns,
                      std::string_view label) {
    std::set<std::string, std::less<>> taken;
    for (const Key& key : relation.uniques) taken.insert(key.name);
    for (const ForeignKey& key : relation.foreign_keys) taken.insert(key.name);
    std::string name = constraint_name(relation.name, joined(columns), label);
    for (int number = 1; taken.contains(name); ++number) {
        name = constraint_name(relation.name, joined(columns),
                               std::string(label) + std::to_string(number));
    }
    return name;
}

struct StatedType {
    std::optional<std::string> type;  ///< empty: the declared one
    std::string secrecy;
};
using StatedTypes = std::map<std::pair<std::string, std::string>, StatedType>;

StatedTypes read_stated_types(store::Transaction& transaction) {
    StatedTypes stated;
    for (const store::Row& row : transaction.all(transaction.dialect().catalog().stated)) {
        stated[{row.text(0), row.text(1)}] = {row.optional_text(2), row.text(3)};
    }
    return stated;
}

Secrecy parse_secrecy(const std::string& text) {
    if (text == "none") return Secrecy::none;
    if (text == "sealed") return Secrecy::sealed;
    if (text == "digest") return Secrecy::digest;
    throw store::StoreError("column_types: there is no secrecy " + text);
}

void state_type(Column& column, const StatedType& stated) {
    column.secrecy = parse_secrecy(stated.secrecy);
    if (!stated.type) return;
    const auto type = parse_type(*stated.type);
    if (!type) throw store::StoreError("column_types: there is no type " + *stated.type);
    column.type = *type;
    column.type_name = *stated.type;
}

/// What nothing is known of is compared and shown as text.
void declare_type(Column& column, std::string_view declared) {
    const auto type = parse_type(declared);
    column.type = type.value_or(Type::text);
    const bool keeps_name = type == Type::text || type == Type::real || type == Type::integer;
    column.type_name = keeps_name ? plain_name(declared) : std::string(to_text(column.type));
}

using Relations = std::vector<Relation>;

/// The column, and its place in the primary key, from 1; 0: not in it.
std::pair<Column, std::int64_t> read_column(const store::Row& row, const std::string& table,
                                            const StatedTypes& stated) {
    Column column;
    column.name = row.text(2);
    const std::string declared = row.optional_text(3).value_or("");
    const bool is_strict = row.boolean(7);
    declare_type(column, is_strict ? postgresql_name(declared) : std::string_view(declared));
    if (const auto found = stated.find({table, column.name}); found != stated.end()) {
        state_type(column, found->second);
    }
    const std::int64_t place = row.integer(6);
    column.nullable = !row.boolean(4) && place == 0;
    column.default_sql = row.optional_text(5);
    return {std::move(column), place};
}

/// With their primary keys. `hidden` 1 is a virtual table's own parameter.
Relations read_columns(store::Transaction& transaction, const StatedTypes& stated) {
    const auto rows = transaction.all(transaction.dialect().catalog().columns);
    Relations relations;
    std::map<std::int64_t, std::string> primary;
    std::optional<std::string> primary_name;
    const auto close_key = [&] {
        if (primary.empty()) return;
        Key key{primary_name.value_or(constraint_name(relations.back().name, "", "pkey")), {}};
        for (auto& [place, name] : primary) key.columns.push_back(name);
        relations.back().primary_key = std::move(key);
        primary.clear();
    };
    for (const store::Row& row : rows) {
        if (relations.empty() || relations.back().name != row.text(0)) {
            close_key();
            relations.push_back({row.text(0), row.boolean(1), row.boolean(8), row.boolean(9), {}});
        }
        auto [column, place] = read_column(row, row.text(0), stated);
        if (place > 0) {
            primary[place] = column.name;
            primary_name = row.optional_text(10);
        }
        relations.back().columns.push_back(std::move(column));
    }
    close_key();
    return relations;
}

/// A unique index that was made by CREATE INDEX keeps its own name.
void read_uniques(store::Transaction& transaction, Relation& relation) {
    const auto rows = transaction.all(transaction.dialect().catalog().uniques, relation.name);
    struct Index {
        Key key;
        bool is_named = false;
        bool has_expression = false;
    };
    std::vector<Index> indexes;
    for (const store::Row& row : rows) {
        if (indexes.empty() || indexes.back().key.name != row.text(0)) {
            indexes.push_back({{row.text(0), {}}, row.boolean(1)});
        }
        Index& index = indexes.back();
        if (row.is_null(2)) {
            index.has_expression = true;
        } else {
            index.key.columns.push_back(row.text(2));
        }
    }
    for (Index& index : indexes) {
        if (index.has_expression) continue;
        if (!index.is_named) index.key.name = free_name(relation, index.key.columns, "key");
        relation.uniques.push_back(std::move(index.key));
    }
}

void read_seekable(store::Transaction& transaction, Relation& relation) {
    for (const store::Row& row :
         transaction.all(transaction.dialect().catalog().seekable, relation.name)) {
        relation.seekable.push_back(row.text(0));
    }
}

/// A key without `to` refers to the primary key.
void read_foreign_keys(store::Transaction& transaction, Relation& relation,
                       const std::map<std::string, std::vector<std::string>>& primary_keys) {
    const auto rows = transaction.all(transaction.dialect().catalog().foreign_keys, relation.name);
    std::vector<ForeignKey> keys;
    std::optional<std::int64_t> id;
    for (const store::Row& row : rows) {
        if (id != row.integer(0)) {
            keys.push_back({row.optional_text(5).value_or(""),
                            {},
                            row.text(1),
                            {},
                            row.boolean(4),
                            row.boolean(6)});
        }
        id = row.integer(0);
        keys.back().columns.push_back(row.text(2));
        if (!row.is_null(3)) keys.back().target_columns.push_back(row.text(3));
    }
    for (ForeignKey& key : keys) {
        const auto target = primary_keys.find(key.target);
        if (key.target_columns.empty() && target != primary_keys.end()) {
            key.target_columns = target->second;
        }
        if (key.name.empty()) key.name = free_name(relation, key.columns, "fkey");
        relation.foreign_keys.push_back(std::move(key));
    }
}

bool are_same_set(std::vector<std::string> a, std::vector<std::string> b) {
    std::ranges::sort(a);
    std::ranges::sort(b);
    return a == b;
}

}  // namespace

std::optional<Type> parse_type(std::string_view name) {
    const std::string plain = plain_name(name);
    const auto* found = std::ranges::find(type_names, plain, &TypeName::name);
    if (found == std::end(type_names)) return std::nullopt;
    return found->type;
}

std::string_view to_text(Type type) {
    return std::ranges::find(type_names, type, &TypeName::type)->name;
}

const Column* Relation::find_column(std::string_view wanted) const {
    const auto found = std::ranges::find(columns, wanted, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

bool Relation::is_unique(const std::vector<std::string>& wanted) const {
    if (primary_key && are_same_set(primary_key->columns, wanted)) return true;
    return std::ranges::any_of(uniques,
                               [&](const Key& key) { return are_same_set(key.columns, wanted); });
}

Catalog::Catalog(std::vector<Relation> relations) {
    for (Relation& relation : relations) {
        std::string name = relation.name;
        m_relations.insert_or_assign(std::move(name), std::move(relation));
    }
}

const Relation* Catalog::find(std::string_view name) const {
    const auto found = m_relations.find(name);
    return found == m_relations.end() ? nullptr : &found->second;
}

Catalog read_catalog(store::Transaction& transaction) {
    Relations relations = read_columns(transaction, read_stated_types(transaction));
    std::map<std::string, std::vector<std::string>> primary_keys;
    for (const Relation& relation : relations) {
        if (relation.primary_key) primary_keys[relation.name] = relation.primary_key->columns;
    }
    for (Relation& relation : relations) {
        if (relation.is_view) continue;
        read_uniques(transaction, relation);
        read_seekable(transaction, relation);
        read_foreign_keys(transaction, relation, primary_keys);
    }
    return Catalog(std::move(relations));
}

}  // namespace muster::rest
