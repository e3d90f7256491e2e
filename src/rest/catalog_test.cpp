// The catalog of a migrated database and of an operator's own tables.
// SPDX-License-Identifier: Apache-2.0
#include "rest/catalog.hpp"

#include <gtest/gtest.h>

#include "store/test_database.hpp"

namespace muster::rest {
namespace {

using Names = std::vector<std::string>;

Catalog catalog_of(store::TestDatabase& database) {
    return *database.store().read_now(
        [](store::Transaction& tx) { return core::Result<Catalog>(read_catalog(tx)); });
}

std::string describe(const Column& column) {
    std::string text = column.name + " " + std::string(to_text(column.type));
    if (column.type_name != to_text(column.type)) text += " (" + column.type_name + ")";
    if (!column.nullable) text += " not null";
    if (column.default_sql) text += " = " + *column.default_sql;
    if (column.secrecy == Secrecy::sealed) text += " sealed";
    if (column.secrecy == Secrecy::digest) text += " digest";
    return text;
}

Names describe(const Relation& relation) {
    Names lines;
    for (const Column& column : relation.columns) lines.push_back(describe(column));
    return lines;
}

Names describe_keys(const Relation& relation) {
    Names lines;
    const auto add = [&](const std::string& name, const Names& columns) {
        std::string line = name + ":";
        for (const std::string& column : columns) line += " " + column;
        lines.push_back(line);
    };
    if (relation.primary_key) add(relation.primary_key->name, relation.primary_key->columns);
    for (const Key& key : relation.uniques) add(key.name, key.columns);
    for (const ForeignKey& key : relation.foreign_keys) {
        add(key.name, key.columns);
        add(" -> " + key.target, key.target_columns);
    }
    return lines;
}

TEST(Catalog, KnowsTheDevices) {
    store::TestDatabase database;
    const Catalog catalog = catalog_of(database);
    const Relation* devices = catalog.find("devices");
    ASSERT_NE(devices, nullptr);
    const std::string time = "timestamp with time zone";
    EXPECT_EQ(describe(*devices), (Names{"id uuid not null = gen_random_uuid()",
                                         "user_id uuid not null",
                                         "organization_id uuid",
                                         "name text not null",
                                         "device_type text not null = 'laptop'",
                                         "os text",
                                         "fingerprint text",
                                         "enrollment_token text digest",
                                         "enrolled_at " + time,
                                         "last_seen " + time + " = now()",
                                         "location text",
                                         "status text not null = 'pending'",
                                         "trust_level text not null = 'low'",
                                         "tailscale_auth_key text sealed",
                                         "tailscale_hostname text",
                                         "tailscale_device_id text",
                                         "tailscale_ip text",
                                         "enrollment_expires_at " + time,
                                         "metadata jsonb = '{}'",
                                         "created_at " + time + " not null = now()"}));
    EXPECT_EQ(describe_keys(*devices),
              (Names{"devices_pkey: id", "devices_fingerprint_key: fingerprint",
                     "devices_enrollment_token_key: enrollment_token",
                     "devices_user_id_fkey: user_id", " -> users: id",
                     "devices_organization_id_fkey: organization_id", " -> organizations: id"}));
    EXPECT_EQ(devices->seekable,
              (Names{"enrollment_token", "fingerprint", "id", "organization_id", "user_id"}));
    EXPECT_TRUE(devices->has_rowid);
    EXPECT_FALSE(catalog.find("user_roles")->has_rowid);
    EXPECT_FALSE(catalog.find("trust_evidence")->has_rowid);
    EXPECT_TRUE(devices->is_unique({"fingerprint"}));
    EXPECT_TRUE(devices->is_unique({"id"}));
    EXPECT_FALSE(devices->is_unique({"user_id"}));
    EXPECT_FALSE(devices->is_unique({"id", "fingerprint"}));
    EXPECT_EQ(devices->find_column("nothing"), nullptr);
    EXPECT_EQ(catalog.find("nothing"), nullptr);
}

TEST(Catalog, KnowsTheConfiguration) {
    store::TestDatabase database;
    const Catalog catalog = catalog_of(database);
    const Relation* config = catalog.find("organization_tailscale_config");
    ASSERT_NE(config, nullptr);
    EXPECT_EQ(describe(*config->find_column("tags")), R"(tags text[] = '["tag:prod"]')");
    EXPECT_EQ(describe(*config->find_column("is_active")), "is_active boolean = 1");
    EXPECT_EQ(config->find_column("tailscale_auth_key")->secrecy, Secrecy::sealed);
    // 68 bytes, of which PostgreSQL keeps 63.
    EXPECT_EQ(config->uniques.at(0).name,
              "organization_tailscale_config_organization_id_tailscale_aut_key");
    EXPECT_TRUE(config->is_unique({"tailscale_auth_key", "organization_id"}));
}

TEST(Catalog, KnowsViewsByTheirColumns) {
    store::TestDatabase database;
    const Catalog catalog = catalog_of(database);
    const Relation* roles = catalog.find("user_roles");
    ASSERT_NE(roles, nullptr);
    EXPECT_TRUE(roles->is_view);
    EXPECT_EQ(describe(*roles), (Names{"id uuid", "user_id uuid", "role text",
                                       "created_at timestamp with time zone"}));
    EXPECT_EQ(describe_keys(*roles), Names{});
}

TEST(Catalog, EveryStatedColumnExists) {
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

TEST(Catalog, TakesAnOperatorsTableAsItIsDeclared) {
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

TEST(Catalog, NumbersForeignKeysOfTheSameColumn) {
    store::TestDatabase database;
    database.sql("CREATE TABLE twice (a uuid REFERENCES devices (id) REFERENCES users (id))");
    EXPECT_EQ(describe_keys(*catalog_of(database).find("twice")),
              (Names{"twice_a_fkey: a", " -> devices: id", "twice_a_fkey1: a", " -> users: id"}));
}

TEST(Catalog, RefusesTypesThatItDoesNotKnow) {
    store::TestDatabase database;
    database.sql("INSERT INTO column_types VALUES ('devices', 'name', 'point', 'none')");
    EXPECT_THROW(catalog_of(database), store::StoreError);
}

TEST(Catalog, ReadsTypeNames) {
    const struct {
        const char* name;
        std::optional<Type> type;
    } cases[] = {
        {"UUID", Type::uuid},
        {" Timestamp (3)  with\ttime zone ", Type::timestamptz},
        {"TIMESTAMPTZ(6)", Type::timestamptz},
        {"character varying(255)", Type::text},
        {"TEXT []", Type::text_array},
        {"numeric(10,2)", Type::numeric},
        {"float8", Type::real},
        {"", std::nullopt},
        {"point", std::nullopt},
        {"uuid[]", std::nullopt},
        {"(((", std::nullopt},
        {")", std::nullopt},
    };
    for (const auto& c : cases) EXPECT_EQ(parse_type(c.name), c.type) << c.name;
    EXPECT_EQ(to_text(Type::real), "double precision");
    EXPECT_EQ(to_text(Type::text_array), "text[]");
}

}  // namespace
}  // namespace muster::rest
