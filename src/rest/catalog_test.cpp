// The catalog of a migrated database, which is the same on both; what the databases do not say
// alike is tested in sqlite_catalog_test.cpp and postgres_catalog_test.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "rest/catalog.hpp"

#include <gtest/gtest.h>

#include "rest/catalog_fixture.hpp"

namespace muster::rest {
namespace {

/// A default that is a text, as the database states it.
std::string stated(const std::string& text, const std::string& type) {
    return " = '" + text + "'" + (store::tests_use_postgres() ? "::" + type : "");
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
                                         "device_type text not null" + stated("laptop", "text"),
                                         "os text",
                                         "fingerprint text",
                                         "enrollment_token text digest",
                                         "enrolled_at " + time,
                                         "last_seen " + time + " = now()",
                                         "location text",
                                         "status text not null" + stated("pending", "text"),
                                         "trust_level text not null" + stated("low", "text"),
                                         "tailscale_auth_key text sealed",
                                         "tailscale_hostname text",
                                         "tailscale_device_id text",
                                         "tailscale_ip text",
                                         "enrollment_expires_at " + time,
                                         "metadata jsonb" + stated("{}", "jsonb"),
                                         "created_at " + time + " not null = now()"}));
    EXPECT_EQ(describe_keys(*devices),
              (Names{"devices_pkey: id", "devices_fingerprint_key: fingerprint",
                     "devices_enrollment_token_key: enrollment_token",
                     "devices_user_id_fkey: user_id", " -> users: id",
                     "devices_organization_id_fkey: organization_id", " -> organizations: id"}));
    EXPECT_EQ(devices->seekable,
              (Names{"enrollment_token", "fingerprint", "id", "organization_id", "user_id"}));
    EXPECT_TRUE(devices->has_rowid);
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
    const bool on_postgres = store::tests_use_postgres();
    EXPECT_EQ(describe(*config->find_column("tags")), on_postgres
                                                          ? "tags text[] = ARRAY['tag:prod'::text]"
                                                          : R"(tags text[] = '["tag:prod"]')");
    EXPECT_EQ(describe(*config->find_column("is_active")),
              on_postgres ? "is_active boolean = true" : "is_active boolean = 1");
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

TEST(Catalog, NumbersForeignKeysOfTheSameColumn) {
    store::TestDatabase database;
    database.define(
        "CREATE TABLE twice (a uuid REFERENCES devices (id) REFERENCES organizations (id))");
    EXPECT_EQ(
        describe_keys(*catalog_of(database).find("twice")),
        (Names{"twice_a_fkey: a", " -> devices: id", "twice_a_fkey1: a", " -> organizations: id"}));
}

TEST(TypeNames, AreReadInAnySpelling) {
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
