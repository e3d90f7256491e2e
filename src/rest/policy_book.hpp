// The statements of all policy files, sorted by table: policies, grants, which tables are secured.
// Made by policies.cpp, read by policy_compiler.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rest/policy_syntax.hpp"

namespace muster::rest {

inline constexpr std::array all_roles{Role::anon, Role::authenticated, Role::service_role};
inline constexpr std::array all_commands{Command::select, Command::insert, Command::update,
                                         Command::remove};

/// Who may do what with one table. Starts as Supabase's default, everything to everybody, which the
/// first GRANT replaces and a REVOKE cuts down.
class Grants {
public:
    void apply(const Grant& grant);
    bool may(Role role, Command command) const;
    bool may(Role role, Command command, std::string_view column) const;

private:
    struct Right {
        bool whole = true;
        std::set<std::string, std::less<>> columns = {};
    };
    Right& right(Role role, Command command);
    const Right& right(Role role, Command command) const;

    std::array<Right, all_roles.size() * all_commands.size()> m_rights;
    bool m_is_default = true;
};

struct StoredPolicy {
    CreatePolicy policy;
    std::string file;
};

struct SecuredTable {
    const Relation* relation = nullptr;
    bool is_secured = false;  ///< ENABLE ROW LEVEL SECURITY, or a policy: those without are a slip
    std::vector<StoredPolicy> policies = {};
    Grants grants = {};
};

class PolicyBook {
public:
    /// `catalog` must outlive the book.
    explicit PolicyBook(const Catalog& catalog) : m_catalog(catalog) {}

    /// Null: added.
    std::optional<PolicyFault> add(const PolicyFile& file);

    /// Null: no such relation. `public` and `auth` are the schemas; of `auth` there are the users.
    const Relation* find_relation(const TableName& table) const;
    /// Null: no file names it.
    const SecuredTable* find(std::string_view relation) const;
    const std::map<std::string, SecuredTable, std::less<>>& tables() const { return m_tables; }

private:
    SecuredTable* get_table(const TableName& table);
    void add(CreatePolicy policy);
    void add(const Grant& grant);
    void add(const EnableSecurity& statement);
    void fail(Position at, std::string message);

    const Catalog& m_catalog;
    std::map<std::string, SecuredTable, std::less<>> m_tables;
    std::string m_file;
    std::optional<PolicyFault> m_fault;
};

}  // namespace muster::rest
