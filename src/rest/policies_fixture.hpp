// A few notes, teams and members, and which of them a policy file shows: what tests of the policies
// stand on. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "rest/policies.hpp"
#include "rest/policy_trial.hpp"
#include "store/test_database.hpp"

namespace muster::rest {

inline constexpr const char* ana = "00000000-0000-7000-8000-00000000000a";
inline constexpr const char* ben = "00000000-0000-7000-8000-00000000000b";

/// Notes 1 and 3 are Ana's, 2 is Ben's, 4 nobody's; team red is led by Ana, blue by Ben.
class PolicyBench {
public:
    PolicyBench() {
        m_database.sql(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner uuid, team TEXT, title TEXT, "
            "body TEXT, stars INTEGER, ratio REAL, is_open boolean, made timestamptz, facts "
            "jsonb)");
        m_database.sql("CREATE TABLE teams (name TEXT PRIMARY KEY, lead uuid, rank INTEGER)");
        m_database.sql("CREATE TABLE members (person uuid, team TEXT)");
        m_database.sql("CREATE VIEW titles (title) AS SELECT title FROM notes");
        m_database.sql(
            "INSERT INTO notes VALUES "
            "(1, $1, 'red', 'One', NULL, 5, 0.5, 1, '2026-01-01T00:00:00.000000+00:00', "
            "'{\"a\":1,\"b\":\"x\",\"deep\":{\"k\":true},\"list\":[1,2]}'), "
            "(2, $2, 'red', 'two', 'B_dy%', 3, 1.5, 0, '2026-06-01T00:00:00.000000+00:00', "
            "'{\"a\":null}'), "
            "(3, $1, 'blue', 'Three', '', NULL, NULL, NULL, NULL, NULL), "
            "(4, NULL, NULL, '%', 'back\\slash', -2, -0.5, 1, "
            "'2027-01-01T00:00:00.000000+00:00', '{}')",
            ana, ben);
        m_database.sql("INSERT INTO teams VALUES ('red', $1, 1), ('blue', $2, 2)", ana, ben);
        m_database.sql(
            "INSERT INTO members VALUES ($1, 'red'), ($2, 'red'), ($2, 'blue'), (NULL, 'green')",
            ana, ben);
        m_database.sql("INSERT INTO organizations (id, name) VALUES ($1, 'Org')", ana);
        for (const auto& [person, role] : {std::pair{ana, "user"}, {ben, "org_admin"}}) {
            m_database.sql("INSERT INTO users (id, email) VALUES ($1, $1)", person);
            m_database.sql(
                "INSERT INTO profiles (id, organization_id, full_name, role) "
                "VALUES ($1, $2, $1, $3)",
                person, ana, role);
        }
        m_catalog = *m_database.store().read_now(
            [](store::Transaction& tx) { return core::Result<Catalog>(read_catalog(tx)); });
    }

    std::expected<Policies, PolicyFault> parse(std::string_view text) const {
        return Policies::parse({{"own.sql", std::string(text)}}, m_catalog);
    }
    /// "LINE:COLUMN message", or "none".
    std::string fault_of(std::string_view text) const {
        const auto policies = parse(text);
        if (policies) return "none";
        const PolicyFault& fault = policies.error();
        return fmt::format("{}:{} {}", fault.line, fault.column, fault.message);
    }
    Policies policies(std::string_view text) const {
        auto policies = parse(text);
        if (!policies) throw std::runtime_error(fault_of(text));
        return std::move(*policies);
    }

    /// The ids of the notes that `command` may see or touch: "1,2"; Ana asks, as that role.
    std::string touched(const Policies& policies, Role role = Role::authenticated,
                        Command command = Command::select) {
        return ids_where(policies.using_sql(role, command, "notes", "n"), role);
    }
    /// The ids of the notes that could be written as they are.
    std::string writable(const Policies& policies, Role role, Command command) {
        return ids_where(policies.check_sql(role, command, "notes", "n"), role);
    }
    /// What a SELECT policy of that condition shows to Ana.
    std::string shown_by(std::string_view condition) {
        return touched(
            policies(fmt::format("GRANT SELECT ON teams, members TO authenticated;\n"
                                 "CREATE POLICY p ON notes FOR SELECT USING ({});",
                                 condition)));
    }
    std::string ids_where(const std::string& condition, Role role) {
        store::Actor actor{std::string(to_text(role)), {}, {}};
        if (role == Role::authenticated) {
            actor.user_id = ana;
            actor.claims = fmt::format(R"({{"sub":"{}","email":"ana@a.test"}})", ana);
        }
        auto ids = m_database.store().read_now([&](store::Transaction& tx) {
            tx.act_as(actor);
            std::string text;
            for (const store::Row& row :
                 tx.all("SELECT id FROM notes AS n WHERE " + condition + " ORDER BY id")) {
                text += (text.empty() ? "" : ",") + std::to_string(row.integer(0));
            }
            return core::Result<std::string>(text);
        });
        return *ids;
    }
    /// What the trial at start says; "none": they work.
    std::string trial_of(const Policies& policies) {
        const auto fault = m_database.store().read_now([&](store::Transaction& tx) {
            using Fault = std::optional<std::string>;
            return core::Result<Fault>(try_policies(tx, m_catalog, policies));
        });
        return fault->value_or("none");
    }
    const Catalog& catalog() const { return m_catalog; }

private:
    store::TestDatabase m_database;
    Catalog m_catalog;
};

}  // namespace muster::rest
