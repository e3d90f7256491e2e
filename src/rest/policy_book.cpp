// Looks tables and columns up; expressions are looked at when they are compiled.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_book.hpp"

#include <algorithm>
#include <utility>

#include "rest/policy_parser.hpp"

namespace muster::rest {

namespace {

constexpr std::string_view users_table = "users";

std::size_t index_of(Role role, Command command) {
    return static_cast<std::size_t>(role) * all_commands.size() + static_cast<std::size_t>(command);
}

}  // namespace

Grants::Right& Grants::right(Role role, Command command) {
    return m_rights[index_of(role, command)];
}

const Grants::Right& Grants::right(Role role, Command command) const {
    return m_rights[index_of(role, command)];
}

void Grants::apply(const Grant& grant) {
    if (!grant.revokes && m_is_default) m_rights.fill({false, {}});
    m_is_default = false;
    for (const Privilege& privilege : grant.privileges) {
        for (const Role role : all_roles) {
            if (!grant.roles.has(role)) continue;
            for (const Command command : all_commands) {
                if (privilege.command.value_or(command) != command) continue;
                Right& target = right(role, command);
                const auto& columns = privilege.columns;
                if (columns.empty()) {
                    target.whole = !grant.revokes;
                    if (grant.revokes) target.columns.clear();
                } else if (grant.revokes) {
                    for (const std::string& column : columns) target.columns.erase(column);
                } else if (command != Command::remove) {
                    target.columns.insert(columns.begin(), columns.end());
                }
            }
        }
    }
}

bool Grants::may(Role role, Command command) const {
    const Right& held = right(role, command);
    return held.whole || !held.columns.empty();
}

bool Grants::may(Role role, Command command, std::string_view column) const {
    const Right& held = right(role, command);
    return held.whole || held.columns.contains(column);
}

void PolicyBook::fail(Position at, std::string message) {
    if (!m_fault) m_fault = PolicyFault{m_file, at.line, at.column, std::move(message)};
}

const Relation* PolicyBook::find_relation(const TableName& table) const {
    const bool is_users = table.name == users_table;
    if (table.schema == "auth" && !is_users) return nullptr;
    if (table.schema == "public" && is_users) return nullptr;
    if (!table.schema.empty() && table.schema != "auth" && table.schema != "public") return nullptr;
    return m_catalog.find(table.name);
}

const SecuredTable* PolicyBook::find(std::string_view relation) const {
    const auto found = m_tables.find(relation);
    return found == m_tables.end() ? nullptr : &found->second;
}

SecuredTable* PolicyBook::get_table(const TableName& table) {
    const Relation* relation = find_relation(table);
    if (relation == nullptr) {
        const std::string prefix = table.schema.empty() ? "" : table.schema + ".";
        fail(table.at, "relation \"" + prefix + table.name + "\" does not exist");
        return nullptr;
    }
    SecuredTable& entry = m_tables[relation->name];
    entry.relation = relation;
    return &entry;
}

void PolicyBook::add(CreatePolicy policy) {
    SecuredTable* table = get_table(policy.table);
    if (table == nullptr) return;
    const bool is_known = std::ranges::any_of(table->policies, [&](const StoredPolicy& other) {
        return other.policy.name == policy.name;
    });
    if (is_known) {
        fail(policy.at, "policy \"" + policy.name + "\" for table \"" + table->relation->name +
                            "\" already exists");
    } else if (table->relation->is_view) {
        fail(policy.table.at, "\"" + table->relation->name + "\" is not a table");
    } else if (table->policies.size() >= policy_operands_max) {
        fail(policy.at, "too many policies for one table");
    }
    table->is_secured = true;
    table->policies.push_back({std::move(policy), m_file});
}

void PolicyBook::add(const Grant& grant) {
    for (const TableName& name : grant.tables) {
        SecuredTable* table = get_table(name);
        if (table == nullptr) return;
        for (const Privilege& privilege : grant.privileges) {
            for (const std::string& column : privilege.columns) {
                if (table->relation->find_column(column) != nullptr) continue;
                fail(privilege.at,
                     "column \"" + column + "\" of relation \"" + name.name + "\" does not exist");
            }
        }
        table->grants.apply(grant);
    }
}

void PolicyBook::add(const EnableSecurity& statement) {
    SecuredTable* table = get_table(statement.table);
    if (table == nullptr) return;
    if (table->relation->is_view) {
        fail(statement.table.at, "\"" + table->relation->name + "\" is not a table");
    }
    table->is_secured = true;
}

std::optional<PolicyFault> PolicyBook::add(const PolicyFile& file) {
    m_file = file.name;
    auto statements = parse_policy_file(file);
    if (!statements) return std::move(statements.error());
    for (PolicyStatement& statement : *statements) {
        std::visit([&](auto& one) { add(std::move(one)); }, statement);
        if (m_fault) break;
    }
    return m_fault;
}

}  // namespace muster::rest
