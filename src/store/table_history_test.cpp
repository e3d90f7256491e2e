// What a change through the table API leaves behind: a row for each change, its events, its audit
// log, and what it sets in motion.
// SPDX-License-Identifier: Apache-2.0
#include "store/guards_fixture.hpp"

namespace muster::store {
namespace {

using Words = std::vector<std::string>;

Words said(Words words) {
    for (std::string& word : words) word = in_order(word);
    return words;
}

struct TableHistory : Guards {
    TableHistory() {
        m_events = database.count("device_events");
        m_audit = database.count("audit_logs");
    }
    void change(const Actor& actor, const std::string& sql) {
        const auto refused = database.refusal_of(actor, sql);
        ASSERT_FALSE(refused) << core::word_of(*refused);
    }
    /// In order of their making, as in_order() writes them.
    Words events() { return newest("event_type", "device_events", m_events); }
    Words audit() { return newest("event", "audit_logs", m_audit); }
    std::string device_column(const char* name, const char* id = device) {
        return database.rows(fmt::format("SELECT {} FROM devices WHERE id = $1", name), id)
            .at(0)
            .optional_text(0)
            .value_or("NULL");
    }
    static std::string set(const char* id, const std::string& what) {
        return fmt::format("UPDATE devices SET {} WHERE id = '{}'", what, id);
    }

private:
    Words newest(const char* type, const char* table, std::int64_t skipped) {
        Words words;
        const char* made = tests_use_postgres() ? "ctid" : "rowid";
        const auto sql = fmt::format("SELECT {}, details FROM {} ORDER BY {} LIMIT 1000 OFFSET {}",
                                     type, table, made, skipped);
        for (const Row& row : database.rows(sql)) {
            words.push_back(in_order(row.text(0) + " " + row.text(1)));
        }
        return words;
    }
    std::int64_t m_events = 0, m_audit = 0;
};

TEST_F(TableHistory, UseCasesRecordTheirOwn) {
    change(server(), set(device, "status = 'revoked', trust_level = 'low'"));
    change(server(), set(device, "status = 'pending', trust_level = 'high'"));
    change(server(), "UPDATE profiles SET role = 'support'");
    EXPECT_EQ(events(), Words{});
    EXPECT_EQ(audit(), Words{});
}

TEST_F(TableHistory, WhatSaysNothingOfTrustLeavesNothing) {
    change(as(ana), set(device, "name = 'x', status = 'inactive', trust_level = trust_level"));
    change(as(ana), "UPDATE profiles SET full_name = 'x', role = role WHERE id = '" +
                        std::string(ana) + "'");
    EXPECT_EQ(events(), Words{});
    EXPECT_EQ(audit(), Words{});
}

TEST_F(TableHistory, ARevocationIsOne) {
    change(service(), set(device, "tailscale_auth_key = 'sealed', enrollment_token = 'digest'"));
    change(as(admin), set(device, "status = 'revoked'"));
    EXPECT_EQ(
        events(),
        (said({fmt::format(R"(device_revoked {{"from":"active","reason":null,"by":"{}"}})", admin),
               fmt::format(R"(trust_level_changed {{"from":"medium","to":"low",)"
                           R"("because":"revoked","by":"{}"}})",
                           admin)})));
    EXPECT_EQ(audit(),
              said({fmt::format(R"(device_revoked {{"device_id":"{}","reason":""}})", device)}));
    EXPECT_EQ(database.count(fmt::format("audit_logs WHERE user_id = '{}'", admin)), 1);
    EXPECT_EQ(device_column("trust_level"), "low");
    EXPECT_EQ(device_column("tailscale_auth_key"), "NULL");
    EXPECT_EQ(device_column("enrollment_token"), "NULL");
    EXPECT_EQ(database.count("trust_pins"), 0);
    EXPECT_EQ(database.count("network_jobs WHERE kind = 'remove_node' AND target = 'node-1'"), 1);
}

TEST_F(TableHistory, OneThatEnrolsAgainProvesItselfAnew) {
    change(service(), set(device, "status = 'revoked'"));
    change(service(), set(device, "status = 'pending'"));
    EXPECT_EQ(events().back(),
              in_order(R"(device_reactivated {"to":"pending","by":"service_role"})"));
    EXPECT_EQ(audit().back(),
              fmt::format(R"(device_reactivated {{"device_id":"{}","to":"pending"}})", device));
    EXPECT_EQ(database.count("trust_evidence"), 0);
    EXPECT_EQ(database.count("network_memberships"), 0);
    EXPECT_EQ(database.count("network_jobs WHERE kind = 'remove_node' AND state = 'waiting'"), 1)
        << "its old node still leaves";
}

TEST_F(TableHistory, OneThatIsActiveAgainKeepsItsNode) {
    change(as(admin), set(device, "status = 'revoked'"));
    change(as(admin), set(device, "status = 'active'"));
    EXPECT_EQ(database.count("network_jobs WHERE kind = 'remove_node' AND state = 'cancelled'"), 1);
    EXPECT_EQ(database.count("network_memberships"), 1);
    EXPECT_EQ(database.count("trust_evidence"), 1);
}

TEST_F(TableHistory, AnAdminsLevelIsAPin) {
    change(as(admin), set(device, "trust_level = 'high'"));
    EXPECT_EQ(events(), said({fmt::format(R"(trust_level_changed {{"from":"medium","to":"high",)"
                                          R"("because":"set through the table API","by":"{}"}})",
                                          admin)}));
    EXPECT_EQ(audit(), said({fmt::format(R"(trust_level_set {{"device_id":"{}",)"
                                         R"("trust_level":"high","reason":)"
                                         R"("set through the table API"}})",
                                         device)}));
    EXPECT_EQ(
        database.count(fmt::format(
            "trust_pins WHERE level = 'high' AND pinned_by = '{}' AND reason <> 'seen'", admin)),
        1);
}

TEST_F(TableHistory, AnOwnersLevelIsNoPin) {
    database.sql("DELETE FROM trust_pins");
    change(as(ana), set(device, "trust_level = 'low'"));
    EXPECT_EQ(events().size(), 1U);
    EXPECT_EQ(database.count("trust_pins"), 0);
}

TEST_F(TableHistory, EnrollingAgainIsNoPinWhoeverDoesIt) {
    database.sql("DELETE FROM trust_pins");
    change(as(admin), set(device, "status = 'pending', trust_level = 'low'"));
    EXPECT_EQ(events().size(), 1U);
    EXPECT_EQ(audit(), Words{});
    EXPECT_EQ(database.count("trust_pins"), 0);
}

TEST_F(TableHistory, RolesAndOrganizationsOfPeopleAreAudited) {
    change(as(admin), fmt::format("UPDATE profiles SET role = 'support' WHERE id = '{}'", ana));
    change(as(root), fmt::format("UPDATE profiles SET organization_id = '{}' WHERE id = '{}'",
                                 other_org, ana));
    EXPECT_EQ(
        audit(),
        (said({fmt::format(R"(user_role_changed {{"user_id":"{}","from":"user","to":"support"}})",
                           ana),
               fmt::format(R"(user_organization_changed {{"user_id":"{}","from":"{}","to":"{}"}})",
                           ana, anas_org, other_org)})));
}

TEST_F(TableHistory, OrganizationsAndTheirKeysAreAudited) {
    change(as(root),
           "INSERT INTO organizations (id, name) "
           "VALUES ('00000000-0000-7000-8000-00000000000c', 'Three')");
    change(as(admin), fmt::format("INSERT INTO organization_tailscale_config (id, organization_id, "
                                  "tailscale_auth_key) VALUES "
                                  "('00000000-0000-7000-8000-0000000000c1', '{}', 'sealed')",
                                  anas_org));
    change(as(admin), "UPDATE organization_tailscale_config SET is_active = FALSE");
    change(as(admin), "UPDATE organization_tailscale_config SET tailscale_auth_key = 'other'");
    change(as(admin), "DELETE FROM organization_tailscale_config");
    const std::string config = R"({"config_id":"00000000-0000-7000-8000-0000000000c1")";
    const std::string organization = "\"00000000-0000-7000-8000-00000000000c\"}";
    EXPECT_EQ(audit(), (said({R"(organization_created {"organization_id":)" + organization,
                              "tailscale_config_created " + config + "}",
                              "tailscale_config_changed " + config + R"(,"key_changed":false})",
                              "tailscale_config_changed " + config + R"(,"key_changed":true})",
                              "tailscale_config_deleted " + config + "}"})));
}

}  // namespace
}  // namespace muster::store
