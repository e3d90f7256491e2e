// Compiles every predicate once; asking for one only puts the alias in.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policies.hpp"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "rest/policy_compiler.hpp"

namespace muster::rest {

namespace {

/// Compiled text, cut where the alias goes.
class Template {
public:
    Template() : m_pieces{"FALSE"} {}
    explicit Template(std::string_view sql) {
        for (std::size_t cut = sql.find(alias_mark); cut != std::string_view::npos;
             cut = sql.find(alias_mark)) {
            m_pieces.emplace_back(sql.substr(0, cut));
            sql.remove_prefix(cut + 1);
        }
        m_pieces.emplace_back(sql);
    }

    std::string with(std::string_view alias) const {
        std::string sql = m_pieces.front();
        for (std::size_t i = 1; i < m_pieces.size(); ++i) {
            sql += alias;
            sql += m_pieces[i];
        }
        return sql;
    }

private:
    std::vector<std::string> m_pieces;
};

}  // namespace

struct Policies::Impl {
    struct Predicates {
        Template using_rows;
        Template check_rows;
    };
    struct Table {
        bool is_secured = false;
        Grants grants;
        std::array<std::array<Predicates, all_commands.size()>, all_roles.size()> predicates;
    };
    std::map<std::string, Table, std::less<>> tables;

    const Table* find(std::string_view relation) const {
        const auto found = tables.find(relation);
        return found == tables.end() ? nullptr : &found->second;
    }
    /// Null: there is nothing to check.
    const Predicates* find(Role role, Command command, std::string_view relation) const {
        const Table* table = find(relation);
        if (table == nullptr) return &nothing;
        if (role == Role::service_role || !table->is_secured) return nullptr;
        return &table
                    ->predicates[static_cast<std::size_t>(role)][static_cast<std::size_t>(command)];
    }

    static const Predicates nothing;
};

const Policies::Impl::Predicates Policies::Impl::nothing;

namespace {

/// Both predicates of one command. INSERT touches no row that is there; reading and deleting write
/// none.
std::expected<std::pair<Template, Template>, PolicyFault> compile_both(const PolicyBook& book,
                                                                       const SecuredTable& table,
                                                                       Role role, Command command) {
    std::pair<Template, Template> both;
    if (command != Command::insert) {
        auto sql = compile_policies(book, table, role, command, Clause::using_rows);
        if (!sql) return std::unexpected(std::move(sql.error()));
        both.first = Template(*sql);
    }
    if (command == Command::select || command == Command::remove) {
        both.second = Template("TRUE");
        return both;
    }
    auto sql = compile_policies(book, table, role, command, Clause::check_rows);
    if (!sql) return std::unexpected(std::move(sql.error()));
    const bool is_constant = *sql == "TRUE" || *sql == "FALSE";
    both.second = Template(is_constant ? *sql : "(" + *sql + " IS TRUE)");
    return both;
}

}  // namespace

Policies::Policies(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
Policies::Policies(Policies&&) noexcept = default;
Policies& Policies::operator=(Policies&&) noexcept = default;
Policies::~Policies() = default;

std::expected<Policies, PolicyFault> Policies::parse(const std::vector<PolicyFile>& files,
                                                     const Catalog& catalog) {
    PolicyBook book(catalog);
    for (const PolicyFile& file : files) {
        if (auto fault = book.add(file)) return std::unexpected(*std::move(fault));
    }
    auto impl = std::make_unique<Impl>();
    for (const auto& [name, secured] : book.tables()) {
        Impl::Table& table = impl->tables[name];
        table.is_secured = secured.is_secured;
        table.grants = secured.grants;
        for (const Role role : {Role::anon, Role::authenticated}) {
            for (const Command command : all_commands) {
                auto both = compile_both(book, secured, role, command);
                if (!both) return std::unexpected(std::move(both.error()));
                table.predicates[static_cast<std::size_t>(role)][static_cast<std::size_t>(
                    command)] = {std::move(both->first), std::move(both->second)};
            }
        }
    }
    return Policies(std::move(impl));
}

bool Policies::is_exposed(std::string_view relation) const {
    return m_impl->find(relation) != nullptr;
}

bool Policies::is_secured(std::string_view relation) const {
    const Impl::Table* table = m_impl->find(relation);
    return table != nullptr && table->is_secured;
}

bool Policies::may(Role role, Command command, std::string_view relation) const {
    const Impl::Table* table = m_impl->find(relation);
    return table != nullptr && table->grants.may(role, command);
}

bool Policies::may(Role role, Command command, std::string_view relation,
                   std::string_view column) const {
    const Impl::Table* table = m_impl->find(relation);
    return table != nullptr && table->grants.may(role, command, column);
}

std::string Policies::using_sql(Role role, Command command, std::string_view relation,
                                std::string_view alias) const {
    const Impl::Predicates* predicates = m_impl->find(role, command, relation);
    return predicates == nullptr ? "TRUE" : predicates->using_rows.with(alias);
}

std::string Policies::check_sql(Role role, Command command, std::string_view relation,
                                std::string_view alias) const {
    const Impl::Predicates* predicates = m_impl->find(role, command, relation);
    return predicates == nullptr ? "TRUE" : predicates->check_rows.with(alias);
}

std::string_view to_text(Role role) {
    switch (role) {
        case Role::anon: return "anon";
        case Role::authenticated: return "authenticated";
        case Role::service_role: return "service_role";
    }
    std::unreachable();
}

}  // namespace muster::rest
