// What the database says of its tables: names, types, keys. Read once at start; the table API knows
// no table otherwise. Immutable, any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/transaction.hpp"

namespace muster::rest {

/// PostgreSQL's types as far as values need different handling.
enum class Type {
    text,  ///< also varchar, inet, enums: whatever is compared and shown as text
    uuid,
    boolean,
    integer,  ///< int2, int4
    bigint,
    real,  ///< float4, float8
    numeric,
    timestamptz,
    date,
    json,
    jsonb,
    text_array,
};

/// "timestamp with time zone", "timestamptz", "UUID", "text[]": any spelling PostgreSQL takes.
/// Empty: a type that is not known.
std::optional<Type> parse_type(std::string_view name);
/// The name in PostgreSQL's messages: "uuid", "timestamp with time zone", "text[]".
std::string_view to_text(Type type);

/// A column whose stored form is not its value (contract section 2, hole 3).
enum class Secrecy {
    none,
    sealed,  ///< reads as null, save for service_role, who gets it unsealed; sealed when written
    digest,  ///< always reads as null; the SHA-256 of what is written is stored
};

struct Column {
    std::string name;
    Type type = Type::text;
    std::string type_name = {};  ///< as the catalog states it, for OpenAPI
    bool nullable = true;
    std::optional<std::string> default_sql = {};
    Secrecy secrecy = Secrecy::none;
};

struct Key {
    std::string name;  ///< PostgreSQL's: devices_pkey, devices_fingerprint_key
    std::vector<std::string> columns;
};

struct ForeignKey {
    std::string name;  ///< PostgreSQL's: devices_organization_id_fkey
    std::vector<std::string> columns;
    std::string target;
    std::vector<std::string> target_columns;
    bool blocks_deletion = true;  ///< ON DELETE NO ACTION or RESTRICT
    bool reaches_catalog = true;  ///< the target is not another schema's, whatever its name
};

struct Relation {
    std::string name;
    bool is_view = false;
    /// Each row has what tells it from others, whatever is in it. SQLite: not a view, not WITHOUT
    /// ROWID; PostgreSQL: not a view, not partitioned.
    bool has_rowid = false;
    bool is_guarded = false;  ///< the database itself has row-level security switched on
    std::vector<Column> columns;
    std::optional<Key> primary_key = {};
    std::vector<Key> uniques = {};  ///< without the primary key; no partial or expression indexes
    std::vector<ForeignKey> foreign_keys = {};
    std::vector<std::string> seekable = {};  ///< columns that begin an index of all rows

    const Column* find_column(std::string_view name) const;
    /// The columns are a primary or unique key, in any order.
    bool is_unique(const std::vector<std::string>& columns) const;
};

class Catalog {
public:
    Catalog() = default;
    explicit Catalog(std::vector<Relation> relations);

    const Relation* find(std::string_view name) const;
    const std::map<std::string, Relation, std::less<>>& relations() const { return m_relations; }

private:
    std::map<std::string, Relation, std::less<>> m_relations;
};

/// Reads all tables and views of the database, internal ones too: who is shown what is for the
/// policies to say. Types: the declared one; for STRICT tables, whose declared types are SQLite's,
/// the table column_types. PostgreSQL: those of the schema public. Throws StoreError: a
/// column_types row that names no known type.
Catalog read_catalog(store::Transaction& transaction);

}  // namespace muster::rest
