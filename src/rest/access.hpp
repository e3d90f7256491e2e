// What one request may use: the tables, the rules, and as which role. Made per request by api/rest.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rest/catalog.hpp"
#include "rest/failure.hpp"
#include "rest/policies.hpp"
#include "store/dialect.hpp"

namespace muster::rest {

/// The tables and rules of one server: read at start, the same for every request.
struct Schema {
    Catalog catalog;
    Policies policies;
    std::int64_t rows_max = 1'000;  ///< of one answer, and of one embed: PostgREST's db-max-rows
    /// The stored form of a secret column's value: sealed, or its digest.
    std::function<std::string(const Relation&, const Column&, std::string_view)> conceal = {};
    /// Of the database that the catalog was read from.
    const store::Dialect* dialect = nullptr;
    /// The secret of a stored text, sealed for that purpose; empty: it does not open.
    std::function<std::optional<std::string>(std::string_view purpose, std::string_view)> reveal =
        {};
};

/// Both references must outlive it.
class Access {
public:
    Access(const Schema& schema, Role role) : m_schema(schema), m_role(role) {}

    const Catalog& catalog() const { return m_schema.catalog; }
    const store::Dialect& dialect() const { return *m_schema.dialect; }
    std::int64_t rows_max() const { return m_schema.rows_max; }
    Role role() const { return m_role; }
    std::string conceal(const Relation& relation, const Column& column,
                        std::string_view text) const {
        return m_schema.conceal(relation, column, text);
    }

    /// A relation that the table API shows at all. Fails: PGRST205.
    Result<const Relation*> find_relation(std::string_view name) const;
    bool is_exposed(const Relation& relation) const {
        return m_schema.policies.is_exposed(relation.name);
    }
    /// Fails: 42501 permission denied for table.
    Result<void> allow(Command command, const Relation& relation) const;
    /// The column, if it is there and `command` may use it. Fails: 42703, 42501.
    Result<const Column*> allow(Command command, const Relation& relation,
                                std::string_view column) const;

    std::string using_sql(Command command, const Relation& relation, std::string_view alias) const {
        if (dialect().guards_rows()) return "TRUE";
        return m_schema.policies.using_sql(m_role, command, relation.name, alias);
    }
    std::string check_sql(Command command, const Relation& relation, std::string_view alias) const {
        if (dialect().guards_rows()) return "TRUE";
        return m_schema.policies.check_sql(m_role, command, relation.name, alias);
    }
    /// Opens what the database could not (store/dialect.hpp, reveal_mark). Called for each row.
    void reveal(std::string& text, bool is_json) const;

private:
    const Schema& m_schema;
    Role m_role;
};

}  // namespace muster::rest
