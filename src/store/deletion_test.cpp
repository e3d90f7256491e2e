// History outlives the device, and its place on the network ends, through every door.
// SPDX-License-Identifier: Apache-2.0
#include "store/guards_fixture.hpp"

namespace muster::store {
namespace {

using core::Code;

struct Door {
    const char* name;
    Actor actor;
    std::string sql;
    const char* by;
    const char* audit_user;  ///< null: nobody, or somebody who is gone
    bool organization_gone = false;
};

std::vector<Door> all_doors() {
    const Actor server;
    const Actor service{"service_role", ""};
    const auto delete_device = fmt::format("DELETE FROM devices WHERE id = '{}'", device);
    const auto delete_organization =
        fmt::format("DELETE FROM organizations WHERE id = '{}'", anas_org);
    return {
        {"the server", server, delete_device, "server", nullptr},
        {"the service key", service, delete_device, "service_role", nullptr},
        {"its owner", {"authenticated", ana}, delete_device, ana, ana},
        {"an admin", {"authenticated", admin}, delete_device, admin, admin},
        {"the server, for an admin", {"server", admin}, delete_device, admin, admin},
        {"all devices", server, "DELETE FROM devices", "server", nullptr},
        {"REPLACE of its row", server,
         fmt::format("REPLACE INTO devices (id, user_id, name) VALUES ('{}', '{}', 'new')", device,
                     admin),
         "server", nullptr},
        {"REPLACE by its fingerprint", server,
         fmt::format("UPDATE OR REPLACE devices SET fingerprint = '{}' WHERE id = '{}'", device,
                     bare),
         "server", nullptr},
        {"its user", server, fmt::format("DELETE FROM users WHERE id = '{}'", ana), "server",
         nullptr},
        {"REPLACE of its user", server,
         fmt::format("REPLACE INTO users (id, email) VALUES ('{}', 'new')", ana), "server",
         nullptr},
        {"its organisation", server, delete_organization, "server", nullptr, true},
        {"its organisation, by the service key", service, delete_organization, "service_role",
         nullptr, true},
    };
}

void expect_live_rows_gone(Transaction& tx) {
    for (const char* table :
         {"device_events", "network_memberships", "trust_evidence", "trust_pins", "spent_tokens"}) {
        const auto row =
            tx.one(fmt::format("SELECT count(*) FROM {} WHERE device_id = $1", table), device);
        EXPECT_EQ(row->integer(0), 0) << table;
    }
}

void expect_archive(Transaction& tx, const Door& door) {
    const auto archive = tx.all(R"sql(
        SELECT event_type, details, organization_id, user_id, device_name, ip_address
        FROM device_events_archive WHERE device_id = $1 ORDER BY event_type)sql",
                                device);
    ASSERT_EQ(archive.size(), 3U);
    EXPECT_EQ(archive[0].text(0), "device_deleted");
    EXPECT_EQ(in_order(archive[0].text(1)),
              fmt::format(R"({{"by":"{}","status":"active"}})", door.by));
    EXPECT_EQ(archive[1].text(0), "enrolled");
    EXPECT_EQ(in_order(archive[1].text(1)), R"({"method":"silent"})");
    EXPECT_EQ(archive[1].text(2), anas_org);
    EXPECT_EQ(archive[1].text(3), ana);
    EXPECT_EQ(archive[1].text(4), "laptop");
    EXPECT_EQ(archive[1].text(5), "192.0.2.1");
    EXPECT_EQ(archive[2].text(0), "trust_level_changed");
}

void expect_audit(Transaction& tx, const Door& door) {
    const auto audit = tx.all(R"sql(
        SELECT organization_id, user_id, details FROM audit_logs
        WHERE event = 'device_deleted' AND details ->> 'device_id' = $1)sql",
                              device);
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit[0].is_null(0), door.organization_gone);
    EXPECT_EQ(audit[0].optional_text(1).value_or(""),
              door.audit_user != nullptr ? door.audit_user : "");
    EXPECT_EQ(in_order(audit[0].text(2)),
              in_order(fmt::format(R"({{"device_id":"{}","name":"laptop","user_id":"{}",)"
                                   R"("organization_id":"{}","by":"{}"}})",
                                   device, ana, anas_org, door.by)));
    // What was audited before is still there, perhaps without its gone parents.
    EXPECT_EQ(tx.one("SELECT count(*) FROM audit_logs WHERE event = 'enrolled'")->integer(0), 1);
}

void expect_job(Transaction& tx) {
    const auto jobs = tx.all(R"sql(
        SELECT network, kind, target, state, organization_id FROM network_jobs
        WHERE device_id = $1)sql",
                             device);
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].text(0), "simulated");
    EXPECT_EQ(jobs[0].text(1), "remove_node");
    EXPECT_EQ(jobs[0].text(2), "node-1");
    EXPECT_EQ(jobs[0].text(3), "waiting");
    EXPECT_EQ(jobs[0].text(4), anas_org);
}

TEST_F(Guards, HistoryOutlivesTheDeviceThroughEveryDoor) {
    for (const Door& door : all_doors()) {
        if (tests_use_postgres() && is_sqlites_own(door.sql)) continue;
        SCOPED_TRACE(door.name);
        const auto done = database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            tx.act_as(door.actor);
            tx.execute(door.sql);
            tx.act_as(server());
            expect_live_rows_gone(tx);
            expect_archive(tx, door);
            expect_audit(tx, door);
            expect_job(tx);
            return core::fail(Code::internal);  // each door starts from the same rows
        });
        EXPECT_EQ(done.error().code, Code::internal) << done.error().detail;
    }
}

TEST_F(Guards, JobsOfADeletedDeviceFollowItsMembership) {
    const struct {
        const char* name;
        std::optional<std::string> key;
        std::optional<std::string> node;
        std::vector<std::string> jobs;
    } cases[] = {
        {"never on a network", {}, {}, {}},
        {"a key that was not used", "key-1", {}, {"revoke_key key-1"}},
        {"a node without a key", {}, "node-1", {"remove_node node-1"}},
        {"a node and its key", "key-1", "node-1", {"remove_node node-1"}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        (void)database.store().write_now([&](Transaction& tx) -> core::Result<int> {
            tx.execute("UPDATE network_memberships SET key_id = $1, node_id = $2", c.key, c.node);
            tx.execute("DELETE FROM devices WHERE id = $1", device);
            std::vector<std::string> jobs;
            for (const Row& row :
                 tx.all("SELECT kind, target FROM network_jobs WHERE device_id = $1", device)) {
                jobs.push_back(row.text(0) + " " + row.text(1));
            }
            EXPECT_EQ(jobs, c.jobs);
            return core::fail(Code::internal);
        });
    }
}

TEST_F(Guards, AnEventIdThatWasArchivedBeforeDoesNotBlockADeletion) {
    database.sql(
        "INSERT INTO device_events_archive (id, device_id, user_id, device_name, event_type, "
        "created_at) SELECT id, gen_random_uuid(), gen_random_uuid(), 'n', 'x', now() "
        "FROM device_events WHERE event_type = 'enrolled' LIMIT 1");
    database.sql("DELETE FROM devices");
    EXPECT_EQ(database.count("device_events_archive WHERE event_type = 'enrolled'"), 2);
}

TEST_F(Guards, DeletingAProfileKeepsDevicesAndHistory) {
    database.sql("DELETE FROM profiles WHERE id = $1", ana);
    EXPECT_EQ(database.count("devices"), 3);
    EXPECT_EQ(database.count("audit_logs WHERE event = 'enrolled' AND user_id IS NULL"), 1);
    EXPECT_EQ(database.count("audit_logs WHERE organization_id IS NULL"), 0);
}

TEST_F(Guards, AUserWhoMadeAConfigurationStaysAsThePublishedSchemaSays) {
    database.sql(
        "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key, "
        "created_by) VALUES ($1, 'sealed', $2)",
        other_org, ana);
    EXPECT_EQ(database.refusal_of(server(), "DELETE FROM users WHERE id = $1", ana),
              Code::conflict);
    EXPECT_EQ(database.count("devices"), 3);
    EXPECT_EQ(database.count("device_events_archive"), 0);
}

}  // namespace
}  // namespace muster::store
