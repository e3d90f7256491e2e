// What PostgreSQL's own catalogue says of an operator's tables.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "rest/catalog_fixture.hpp"

namespace muster::rest {
namespace {

TEST(PostgresCatalog, TakesAnOperatorsTypes) {
    store::TestDatabase database;
    database.define(R"sql(
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
        CREATE DOMAIN share AS percent;
        CREATE TABLE things (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(), feeling mood, done share NOT NULL,
            size bigint, price numeric(10, 2) DEFAULT 1, ratio real, face bytea, facts jsonb,
            seen timestamptz, made timestamp, tags text[], names varchar(9)[], numbers integer[],
            doubled bigint GENERATED ALWAYS AS (size * 2) STORED);
        ALTER TABLE things DROP COLUMN face)sql");
    const Catalog catalog = catalog_of(database);
    const Relation& things = *catalog.find("things");
    EXPECT_EQ(
        describe(things),
        (Names{"id uuid not null = gen_random_uuid()", "feeling text", "done integer not null",
               "size bigint", "price numeric = 1", "ratio double precision (real)", "facts jsonb",
               "seen timestamp with time zone", "made text (timestamp without time zone)",
               "tags text[]", "names text[]", "numbers text", "doubled bigint"}));
    EXPECT_TRUE(things.has_rowid);
}

TEST(PostgresCatalog, TakesKeysThatHoldForAllRowsOnly) {
    store::TestDatabase database;
    database.define(R"sql(
        CREATE TABLE pairs (x integer, y text, PRIMARY KEY (y, x));
        CREATE TABLE things (
            id integer CONSTRAINT things_by_id PRIMARY KEY, a integer UNIQUE, b text, c integer,
            x integer, y text, FOREIGN KEY (y, x) REFERENCES pairs ON DELETE CASCADE);
        CREATE UNIQUE INDEX things_some ON things (c) WHERE c > 5;
        CREATE UNIQUE INDEX things_lower ON things (lower(b), c);
        CREATE UNIQUE INDEX things_covering ON things (c, b) INCLUDE (a);
        CREATE INDEX things_plain ON things (y);
        CREATE TABLE logs (line text))sql");
    const Catalog catalog = catalog_of(database);
    const Relation& things = *catalog.find("things");
    EXPECT_EQ(describe_keys(things),
              (Names{"things_by_id: id", "things_a_key: a", "things_covering: c b",
                     "things_y_x_fkey: y x", " -> pairs: y x"}));
    EXPECT_EQ(things.seekable, (Names{"a", "c", "id", "y"}));
    EXPECT_FALSE(things.foreign_keys.at(0).blocks_deletion);
    EXPECT_EQ(describe_keys(*catalog.find("logs")), Names{});
}

TEST(PostgresCatalog, KnowsViewsAndPartitionedTables) {
    store::TestDatabase database;
    database.define(R"sql(
        CREATE TABLE parts (k integer PRIMARY KEY, v text) PARTITION BY RANGE (k);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        CREATE TABLE children (k integer REFERENCES parts);
        CREATE VIEW shown AS SELECT k, upper(v) AS v FROM parts;
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM parts)sql");
    const Catalog catalog = catalog_of(database);
    EXPECT_FALSE(catalog.find("parts")->has_rowid);
    EXPECT_FALSE(catalog.find("parts")->is_view);
    EXPECT_EQ(catalog.find("parts_1"), nullptr);
    EXPECT_EQ(describe_keys(*catalog.find("children")),
              (Names{"children_k_fkey: k", " -> parts: k"}));
    EXPECT_EQ(describe(*catalog.find("shown")), (Names{"k integer", "v text"}));
    EXPECT_TRUE(catalog.find("shown")->is_view);
    EXPECT_FALSE(catalog.find("shown")->has_rowid);
    EXPECT_EQ(describe(*catalog.find("counted")), Names{"n bigint"});
    EXPECT_TRUE(catalog.find("counted")->is_view);
}

TEST(PostgresCatalog, TakesNamesThatNeedQuotes) {
    store::TestDatabase database;
    database.define(R"sql(
        CREATE TABLE "Machine ""X"" Parts" ("Part No" integer PRIMARY KEY, "select" text UNIQUE);
        CREATE TABLE "order" (part integer REFERENCES "Machine ""X"" Parts"))sql");
    const Catalog catalog = catalog_of(database);
    const Relation& parts = *catalog.find("Machine \"X\" Parts");
    EXPECT_EQ(describe(parts), (Names{"Part No integer not null", "select text"}));
    EXPECT_EQ(describe_keys(parts), (Names{"Machine \"X\" Parts_pkey: Part No",
                                           "Machine \"X\" Parts_select_key: select"}));
    EXPECT_EQ(parts.seekable, (Names{"Part No", "select"}));
    EXPECT_EQ(describe_keys(*catalog.find("order")),
              (Names{"order_part_fkey: part", " -> Machine \"X\" Parts: Part No"}));
}

TEST(PostgresCatalog, KeepsOtherSchemasApart) {
    store::TestDatabase database;
    database.define(R"sql(
        CREATE SCHEMA hidden;
        CREATE TABLE hidden.devices (id integer PRIMARY KEY);
        CREATE TABLE notes (hidden integer REFERENCES hidden.devices,
            device uuid REFERENCES public.devices (id)))sql");
    const Catalog catalog = catalog_of(database);
    const auto& keys = catalog.find("notes")->foreign_keys;
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_FALSE(keys[0].reaches_catalog);
    EXPECT_TRUE(keys[1].reaches_catalog);
    EXPECT_EQ(catalog.find("signing_keys"), nullptr) << "nothing of Muster's own";
}

}  // namespace
}  // namespace muster::rest
