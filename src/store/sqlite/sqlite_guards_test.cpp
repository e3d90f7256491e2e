// Guards that are SQLite's alone: what stands for PostgreSQL's roles inside its triggers.
// SPDX-License-Identifier: Apache-2.0
#include "store/guards_fixture.hpp"

namespace muster::store {
namespace {

using SqliteGuards = Guards;

TEST_F(SqliteGuards, AnAbortedDeletionLeavesNobodyTrusted) {
    database.sql(
        "CREATE TRIGGER stop BEFORE INSERT ON network_jobs BEGIN SELECT RAISE(ABORT, 'no'); END");
    (void)database.store().write_now([&](Transaction& tx) -> core::Result<int> {
        tx.act_as(as(ana));
        EXPECT_THROW(tx.execute("DELETE FROM devices WHERE id = $1", device), ConstraintViolation);
        EXPECT_FALSE(tx.one("SELECT request_is_trusted()")->boolean(0));
        EXPECT_THROW(tx.execute("INSERT INTO audit_logs (event) VALUES ('x')"),
                     ConstraintViolation);
        return 0;
    });
    EXPECT_EQ(database.count("devices"), 3);
    EXPECT_EQ(database.count("device_events_archive"), 0);
}

TEST_F(SqliteGuards, ColumnTypesAreTheServersAlone) {
    for (const char* sql :
         {"INSERT INTO column_types VALUES ('x', 'y', 'text', 'none')",
          "UPDATE column_types SET secrecy = 'none'", "DELETE FROM column_types"}) {
        SCOPED_TRACE(sql);
        for (const char* user : {ana, admin, root}) expect(false, as(user), sql);
        expect(false, anon(), sql);
        expect(true, service(), sql);
    }
}

}  // namespace
}  // namespace muster::store
