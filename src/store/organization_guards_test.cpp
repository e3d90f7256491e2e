// The guards of what belongs to an organisation, and the organisation that a new device gets.
// SPDX-License-Identifier: Apache-2.0
#include "store/guards_fixture.hpp"

namespace muster::store {
namespace {

class OrganizationGuards : public Guards {
protected:
    OrganizationGuards() {
        for (const char* organization : {anas_org, other_org}) {
            database.sql(
                "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key) "
                "VALUES ($1, 'sealed')",
                organization);
            database.sql("INSERT INTO trust_policies VALUES ($1, 60)", organization);
        }
    }

    struct Case {
        const char* name;
        std::string sql;
        bool admin;  ///< is it allowed to the org_admin of anas_org?
        bool root;
    };
    void expect_all(const std::vector<Case>& cases) {
        for (const Case& c : cases) {
            SCOPED_TRACE(c.name);
            for (const char* user : {ana, helper, ghost}) expect(false, as(user), c.sql);
            expect(false, anon(), c.sql);
            expect(c.admin, as(admin), c.sql);
            expect(c.root, as(root), c.sql);
            expect(true, service(), c.sql);
            expect(true, server(), c.sql);
        }
    }

    /// The organisation of the device that `actor` adds without naming one.
    std::optional<std::string> organization_taken(const Actor& actor, const char* owner,
                                                  const char* verb = "INSERT") {
        std::optional<std::string> taken;
        const auto sql = fmt::format(
            "{} INTO devices (id, user_id, name) "
            "VALUES ('00000000-0000-7000-8000-0000000000d9', '{}', 'new')",
            verb, owner);
        const auto undone = database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            tx.act_as(actor);
            tx.execute(sql);
            taken =
                tx.one("SELECT organization_id FROM devices WHERE name = 'new'")->optional_text(0);
            return core::fail(core::Code::internal);
        });
        EXPECT_EQ(undone.error().code, core::Code::internal);
        return taken;
    }
};

TEST_F(OrganizationGuards, OrganizationsAreAGlobalAdmins) {
    expect_all({
        {"add", "INSERT INTO organizations (name) VALUES ('Three')", false, true},
        {"rename its own",
         fmt::format("UPDATE organizations SET name = 'x' WHERE id = '{}'", anas_org), false, true},
        {"replace its own",
         fmt::format("REPLACE INTO organizations (id, name) VALUES ('{}', 'x')", anas_org), false,
         true},
        {"delete its own", fmt::format("DELETE FROM organizations WHERE id = '{}'", anas_org),
         false, true},
    });
}

TEST_F(OrganizationGuards, WhatHangsOnOneIsItsAdminsToo) {
    for (const char* table : {"organization_tailscale_config", "trust_policies"}) {
        SCOPED_TRACE(table);
        const bool is_config = std::string_view(table) == "organization_tailscale_config";
        const char* column = is_config ? "tailscale_auth_key" : "inactive_after_seconds";
        const auto add = [&](const char* organization) {
            return fmt::format("INSERT INTO {} (organization_id, {}) VALUES ('{}', 7)", table,
                               column, organization);
        };
        const auto change = [&](const char* set, const char* organization) {
            return fmt::format("UPDATE {} SET {} WHERE organization_id = '{}'", table, set,
                               organization);
        };
        const std::string set = fmt::format("{} = 7", column);
        const std::string give = fmt::format("organization_id = '{}', {} = 8", other_org, column);
        const std::string take = fmt::format("organization_id = '{}', {} = 8", anas_org, column);
        const auto remove = [&](const char* organization) {
            return fmt::format("DELETE FROM {} WHERE organization_id = '{}'", table, organization);
        };
        expect_all({
            {"change", change(set.c_str(), anas_org), true, true},
            {"change another's", change(set.c_str(), other_org), false, true},
            {"change all", fmt::format("UPDATE {} SET {}", table, set), false, true},
            {"delete", remove(anas_org), true, true},
            {"delete another's", remove(other_org), false, true},
        });
        database.sql("DELETE FROM " + std::string(table));
        expect_all({
            {"add", add(anas_org), true, true},
            {"add to another", add(other_org), false, true},
        });
        database.sql(add(anas_org));
        expect_all({{"give away", change(give.c_str(), anas_org), false, true}});
        database.sql("DELETE FROM " + std::string(table));
        database.sql(add(other_org));
        expect_all({{"take", change(take.c_str(), other_org), false, true}});
    }
}

TEST_F(OrganizationGuards, ADeletedOrganizationTakesItsSettingsWithIt) {
    const auto deleted =
        database.refusal_of(as(root), "DELETE FROM organizations WHERE id = $1", other_org);
    EXPECT_FALSE(deleted.has_value());
    EXPECT_EQ(database.count("organization_tailscale_config"), 1);
    EXPECT_EQ(database.count("trust_policies"), 1);
}

TEST_F(OrganizationGuards, ADeviceWithoutAnOrganizationGetsItsCallers) {
    const char* loner = "00000000-0000-7000-8000-000000000009";
    database.sql("INSERT INTO users (id) VALUES ($1)", loner);
    database.sql("INSERT INTO profiles (id, full_name) VALUES ($1, 'x')", loner);
    const struct {
        const char* name;
        Actor actor;
        const char* owner;
        std::optional<std::string> organization;
    } cases[] = {
        {"user", as(ana), ana, anas_org},
        {"support", as(helper), helper, anas_org},
        {"org_admin for somebody", as(admin), ana, anas_org},
        {"another's org_admin", as(stranger), stranger, other_org},
        {"global_admin", as(root), root, anas_org},
        {"somebody without one", as(loner), loner, std::nullopt},
        {"anon", anon(), ana, std::nullopt},
        {"service key", service(), ana, std::nullopt},
        {"server", server(), ana, std::nullopt},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        for (const char* verb : {"INSERT", "INSERT OR IGNORE", "REPLACE"}) {
            if (tests_use_postgres() && verb != std::string_view("INSERT")) continue;
            EXPECT_EQ(organization_taken(c.actor, c.owner, verb), c.organization);
        }
    }
}

}  // namespace
}  // namespace muster::store
