// What SQLite alone says: declared types, column_types, row numbers, Muster's own tables.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "rest/catalog_fixture.hpp"

namespace muster::rest {
namespace {

TEST(SqliteCatalog, EveryStatedColumnExists) {
    store::TestDatabase database;
    const Catalog catalog = catalog_of(database);
    for (const store::Row& row :
         database.rows("SELECT table_name, column_name FROM column_types")) {
        const Relation* relation = catalog.find(row.text(0));
        ASSERT_NE(relation, nullptr) << row.text(0);
        EXPECT_NE(relation->find_column(row.text(1)), nullptr) << row.text(1);
    }
    for (const char* table : {"users", "sessions", "network_jobs", "schema_migrations"}) {
        EXPECT_NE(catalog.find(table), nullptr) << "internal tables too: " << table;
    }
    for (const auto& [name, relation] : catalog.relations()) {
        EXPECT_FALSE(name.starts_with("sqlite_")) << name;
    }
}

TEST(SqliteCatalog, TakesAnOperatorsTableAsItIsDeclared) {
    store::TestDatabase database;
    database.sql(R"sql(
        CREATE TABLE assets (
            id uuid PRIMARY KEY DEFAULT (gen_random_uuid()), tags text[], at timestamptz,
            room varchar (20) UNIQUE, price NUMERIC(10, 2), weight double precision, n int8,
            small smallint, is_new BOOL, facts json, made date, blob BLOB, anything,
            device uuid REFERENCES devices, peer uuid REFERENCES assets (id),
            doubled int AS (small * 2), UNIQUE (room, at)))sql");
    database.sql("CREATE UNIQUE INDEX assets_of_a_kind ON assets (price, n)");
    database.sql("CREATE UNIQUE INDEX assets_lower ON assets (lower(room))");
    database.sql("CREATE UNIQUE INDEX assets_some ON assets (n) WHERE n > 5");
    database.sql("CREATE VIEW cheap AS SELECT id, price, lower(room) AS room FROM assets");
    database.sql("CREATE TABLE counters (n INTEGER, x REAL, PRIMARY KEY (x, n)) STRICT");
    const Catalog catalog = catalog_of(database);
    const Relation& assets = *catalog.find("assets");
    EXPECT_EQ(
        describe(assets),
        (Names{"id uuid not null = gen_random_uuid()", "tags text[]", "at timestamp with time zone",
               "room text (varchar)", "price numeric", "weight double precision", "n bigint",
               "small integer (smallint)", "is_new boolean", "facts json", "made date", "blob text",
               "anything text", "device uuid", "peer uuid", "doubled integer (int)"}));
    EXPECT_EQ(describe_keys(assets),
              (Names{"assets_pkey: id", "assets_room_key: room", "assets_room_at_key: room at",
                     "assets_of_a_kind: price n", "assets_device_fkey: device", " -> devices: id",
                     "assets_peer_fkey: peer", " -> assets: id"}));
    EXPECT_EQ(describe(*catalog.find("cheap")), (Names{"id uuid", "price numeric", "room text"}));
    EXPECT_EQ(describe(*catalog.find("counters")),
              (Names{"n bigint not null", "x double precision not null"}));
    EXPECT_EQ(describe_keys(*catalog.find("counters")), Names{"counters_pkey: x n"});
}

TEST(SqliteCatalog, RefusesTypesThatItDoesNotKnow) {
    store::TestDatabase database;
    database.sql("INSERT INTO column_types VALUES ('devices', 'name', 'point', 'none')");
    EXPECT_THROW(catalog_of(database), store::StoreError);
}

TEST(SqliteCatalog, KnowsWhichRowsHaveNumbers) {
    store::TestDatabase database;
    const Catalog catalog = catalog_of(database);
    EXPECT_TRUE(catalog.find("devices")->has_rowid);
    EXPECT_FALSE(catalog.find("user_roles")->has_rowid);
    EXPECT_FALSE(catalog.find("trust_evidence")->has_rowid);
}

}  // namespace
}  // namespace muster::rest
