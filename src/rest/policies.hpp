// Row-level security and grants: the one policy file, in PostgreSQL's CREATE POLICY and GRANT
// syntax, parsed at start and compiled into predicates for SQLite. PostgreSQL runs the same file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "rest/catalog.hpp"

namespace muster::rest {

enum class Role { anon, authenticated, service_role };
enum class Command { select, insert, update, remove };

std::string_view to_text(Role role);

/// Where a policy file cannot be understood; both count from 1.
struct PolicyFault {
    std::string file;
    std::size_t line = 0;
    std::size_t column = 0;
    std::string message;
};

struct PolicyFile {
    std::string name;  ///< for messages
    std::string text;
};

/// Muster's own, store/schema/policies.sql, as it is built into the binary.
PolicyFile shipped_policies();

/// Immutable after parse(); any thread. A policy secures its table even without ENABLE ROW LEVEL
/// SECURITY. Queries inside policies see what the role may see, and use the aliases rls1, rls2, ...
class Policies {
public:
    /// Parses the files in order and compiles every policy against the catalog. Fails: syntax, an
    /// unknown table, column, function or role, two policies of one name on a table, policies that
    /// ask themselves (PostgreSQL's 42P17).
    static std::expected<Policies, PolicyFault> parse(const std::vector<PolicyFile>& files,
                                                      const Catalog& catalog);
    Policies(Policies&&) noexcept;
    Policies& operator=(Policies&&) noexcept;
    ~Policies();

    /// A file names the table: GRANT, CREATE POLICY or ENABLE ROW LEVEL SECURITY. Others do not
    /// exist for the table API.
    bool is_exposed(std::string_view relation) const;

    /// It has policies, or is to have row-level security without one.
    bool is_secured(std::string_view relation) const;

    /// Any column of it. A table with policies and without a GRANT of its own has Supabase's
    /// default: everything, to the three roles.
    bool may(Role role, Command command, std::string_view relation) const;
    /// That column: a table-wide grant, or one that names it. `remove` knows no columns.
    bool may(Role role, Command command, std::string_view relation, std::string_view column) const;

    /// SQL of a boolean: the rows that `command` may see or touch (USING), for the relation under
    /// `alias`, which goes in as it is. "TRUE" for service_role and for tables without row-level
    /// security (a view, say). Only what the command's own policies say: as in PostgreSQL, UPDATE
    /// and DELETE that read rows are bound by SELECT's too. May be NULL: not allowed. Who is asking
    /// comes from auth_uid() and its like when it runs.
    std::string using_sql(Role role, Command command, std::string_view relation,
                          std::string_view alias) const;
    /// SQL of a boolean, never NULL: the rows that may be written (WITH CHECK; for update, USING
    /// without one).
    std::string check_sql(Role role, Command command, std::string_view relation,
                          std::string_view alias) const;

private:
    struct Impl;
    explicit Policies(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace muster::rest
