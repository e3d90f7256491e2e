// The whole document of a small schema, and what each role is shown of the real one.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/openapi.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "api/api_test.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using rest::Column;
using rest::Relation;
using rest::Type;

Relation people() {
    Relation relation;
    relation.name = "people";
    relation.columns = {{"id", Type::uuid, "uuid", false, "gen_random_uuid()"}};
    relation.primary_key = rest::Key{"people_pkey", {"id"}};
    return relation;
}

Relation cards() {
    Relation relation;
    relation.name = "cards";
    relation.columns = {
        {"id", Type::bigint, "bigint", false},
        {"person_id", Type::uuid, "uuid", false},
        {"vault_id", Type::uuid, "uuid"},
    };
    relation.primary_key = rest::Key{"cards_pkey", {"id", "person_id"}};
    relation.foreign_keys = {{"cards_person_id_fkey", {"person_id"}, "people", {"id"}},
                             {"cards_vault_id_fkey", {"vault_id"}, "vaults", {"id"}}};
    return relation;
}

OpenTable open(const Relation& relation) {
    OpenTable table{&relation, {}, true, true, true, true};
    for (const Column& column : relation.columns) table.columns.push_back(&column);
    return table;
}

json::object document_of(const std::vector<OpenTable>& tables) {
    return make_openapi(tables, {"muster.test:8080", "/rest/v1", false});
}

TEST(OpenApi, DescribesATable) {
    const Relation relations[] = {cards(), people()};
    const json::object document = document_of({open(relations[0]), open(relations[1])});
    EXPECT_EQ(document.at("definitions").at("cards"), json::parse(R"json({
        "required": ["id", "person_id"],
        "properties": {
            "id": {
                "description": "Note:\nThis is a Primary Key.<pk/>",
                "format": "bigint",
                "type": "integer"
            },
            "person_id": {
                "description": "Note:\nThis is a Primary Key.<pk/>\nThis is a Foreign Key to `people.id`.<fk table='people' column='id'/>",
                "format": "uuid",
                "type": "string"
            },
            "vault_id": {"format": "uuid", "type": "string"}
        },
        "type": "object"
    })json"));
}

TEST(OpenApi, DescribesAPath) {
    const Relation relation = cards();
    const json::object document = document_of({open(relation)});
    EXPECT_EQ(document.at("paths").at("/cards"), json::parse(R"json({
        "get": {
            "tags": ["cards"],
            "parameters": [
                {"$ref": "#/parameters/rowFilter.cards.id"},
                {"$ref": "#/parameters/rowFilter.cards.person_id"},
                {"$ref": "#/parameters/rowFilter.cards.vault_id"},
                {"$ref": "#/parameters/select"},
                {"$ref": "#/parameters/order"},
                {"$ref": "#/parameters/range"},
                {"$ref": "#/parameters/rangeUnit"},
                {"$ref": "#/parameters/offset"},
                {"$ref": "#/parameters/limit"},
                {"$ref": "#/parameters/preferCount"}
            ],
            "responses": {
                "200": {
                    "description": "OK",
                    "schema": {"type": "array", "items": {"$ref": "#/definitions/cards"}}
                },
                "206": {"description": "Partial Content"}
            }
        },
        "post": {
            "tags": ["cards"],
            "parameters": [
                {"$ref": "#/parameters/body.cards"},
                {"$ref": "#/parameters/select"},
                {"$ref": "#/parameters/preferPost"}
            ],
            "responses": {"201": {"description": "Created"}}
        },
        "delete": {
            "tags": ["cards"],
            "parameters": [
                {"$ref": "#/parameters/rowFilter.cards.id"},
                {"$ref": "#/parameters/rowFilter.cards.person_id"},
                {"$ref": "#/parameters/rowFilter.cards.vault_id"},
                {"$ref": "#/parameters/preferReturn"}
            ],
            "responses": {"204": {"description": "No Content"}}
        },
        "patch": {
            "tags": ["cards"],
            "parameters": [
                {"$ref": "#/parameters/rowFilter.cards.id"},
                {"$ref": "#/parameters/rowFilter.cards.person_id"},
                {"$ref": "#/parameters/rowFilter.cards.vault_id"},
                {"$ref": "#/parameters/body.cards"},
                {"$ref": "#/parameters/preferReturn"}
            ],
            "responses": {"204": {"description": "No Content"}}
        }
    })json"));
}

TEST(OpenApi, SaysWhereItIs) {
    const Relation relation = people();
    json::object document = document_of({open(relation)});
    for (const std::string_view part : {"info", "definitions", "paths"}) document.erase(part);
    EXPECT_EQ(json::value(document), json::parse(R"json({
        "swagger": "2.0",
        "host": "muster.test:8080",
        "basePath": "/rest/v1",
        "schemes": ["http"],
        "consumes": ["application/json", "application/vnd.pgrst.object+json;nulls=stripped",
                     "application/vnd.pgrst.object+json", "text/csv"],
        "produces": ["application/json", "application/vnd.pgrst.object+json;nulls=stripped",
                     "application/vnd.pgrst.object+json", "text/csv"],
        "parameters": {
            "preferParams": {"name": "Prefer", "description": "Preference", "required": false,
                             "in": "header", "type": "string"},
            "preferReturn": {"name": "Prefer", "description": "Preference", "required": false,
                             "in": "header", "type": "string",
                             "enum": ["return=representation", "return=minimal", "return=none"]},
            "preferCount": {"name": "Prefer", "description": "Preference", "required": false,
                            "in": "header", "type": "string", "enum": ["count=none"]},
            "preferPost": {"name": "Prefer", "description": "Preference", "required": false,
                           "in": "header", "type": "string",
                           "enum": ["return=representation", "return=minimal", "return=none",
                                    "resolution=ignore-duplicates", "resolution=merge-duplicates"]},
            "select": {"name": "select", "description": "Filtering Columns", "required": false,
                       "in": "query", "type": "string"},
            "on_conflict": {"name": "on_conflict", "description": "On Conflict", "required": false,
                            "in": "query", "type": "string"},
            "order": {"name": "order", "description": "Ordering", "required": false, "in": "query",
                      "type": "string"},
            "range": {"name": "Range", "description": "Limiting and Pagination", "required": false,
                      "in": "header", "type": "string"},
            "rangeUnit": {"name": "Range-Unit", "description": "Limiting and Pagination",
                          "required": false, "in": "header", "type": "string", "default": "items"},
            "offset": {"name": "offset", "description": "Limiting and Pagination",
                       "required": false, "in": "query", "type": "string"},
            "limit": {"name": "limit", "description": "Limiting and Pagination", "required": false,
                      "in": "query", "type": "string"},
            "body.people": {"name": "people", "description": "people", "required": false,
                            "in": "body", "schema": {"$ref": "#/definitions/people"}},
            "rowFilter.people.id": {"name": "id", "required": false, "in": "query",
                                    "type": "string"}
        }
    })json"));
}

struct ColumnRow {
    std::string_view name;
    Type type;
    std::string_view type_name;
    std::optional<std::string> default_sql;
    std::string_view property;
};

const ColumnRow column_rows[] = {
    {"text", Type::text, "text", {}, R"j({"format":"text","type":"string"})j"},
    {"a text by default", Type::text, "text", "'laptop'",
     R"j({"default":"laptop","format":"text","type":"string"})j"},
    {"an empty text by default", Type::text, "text", "''",
     R"j({"default":"","format":"text","type":"string"})j"},
    {"no default after all", Type::text, "text", "NULL", R"j({"format":"text","type":"string"})j"},
    {"now by default", Type::timestamptz, "timestamp with time zone", "now()",
     R"j({"default":"now()","format":"timestamp with time zone","type":"string"})j"},
    {"true", Type::boolean, "boolean", "1",
     R"j({"default":true,"format":"boolean","type":"boolean"})j"},
    {"false", Type::boolean, "boolean", "FALSE",
     R"j({"default":false,"format":"boolean","type":"boolean"})j"},
    {"a computed boolean", Type::boolean, "boolean", "f()",
     R"j({"format":"boolean","type":"boolean"})j"},
    {"a number", Type::integer, "integer", "-3",
     R"j({"default":-3,"format":"integer","type":"integer"})j"},
    {"a computed number", Type::bigint, "bigint", "1 + 1",
     R"j({"format":"bigint","type":"integer"})j"},
    {"a fraction", Type::real, "double precision", "0.5",
     R"j({"default":5E-1,"format":"double precision","type":"number"})j"},
    {"JSON", Type::jsonb, "jsonb", "'{}'", R"j({"format":"jsonb"})j"},
    {"an array", Type::text_array, "text[]", "'[]'",
     R"j({"format":"text[]","type":"array","items":{"type":"string"}})j"},
};

TEST(OpenApi, NamesTypesAndDefaults) {
    for (const ColumnRow& row : column_rows) {
        SCOPED_TRACE(row.name);
        Relation relation;
        relation.name = "things";
        relation.columns = {{"it", row.type, std::string(row.type_name), true, row.default_sql}};
        const json::object document = document_of({open(relation)});
        EXPECT_EQ(
            document.at("definitions").at("things"),
            (json::value{{"properties", {{"it", json::parse(row.property)}}}, {"type", "object"}}));
    }
}

class OpenApiTest : public ApiTest {
protected:
    json::object root(Who who) {
        const Reply reply = send(who, "GET", "/rest/v1/", {}, {{"Host", "muster.test"}});
        EXPECT_EQ(reply.status, 200U);
        return json::parse(reply.body.as_string()).as_object();
    }

    std::string verbs(Who who, const std::string& path) {
        const json::object document = root(who);
        const auto* operations = document.at("paths").get_object().if_contains(path);
        if (!operations) return "nothing";
        std::string names;
        for (const auto& [name, operation] : operations->get_object()) {
            names += (names.empty() ? "" : " ") + std::string(name);
        }
        return names;
    }
};

TEST_F(OpenApiTest, ShowsWhatTheRoleMayDo) {
    struct Row {
        Who who;
        std::string path, verbs;
    };
    const std::vector<Row> rows = {
        {Who::ana, "/", "get"},
        {Who::ana, "/devices", "get post delete patch"},
        {Who::service, "/devices", "get post delete patch"},
        {Who::ana, "/device_events", "get"},
        {Who::service, "/device_events", "get post"},
        {Who::ana, "/user_roles", "get"},
        {Who::service, "/user_roles", "get"},
        {Who::service, "/users", "nothing"},
        {Who::service, "/refresh_tokens", "nothing"},
        {Who::service, "/column_types", "nothing"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.path);
        EXPECT_EQ(verbs(row.who, row.path), row.verbs);
    }
}

TEST_F(OpenApiTest, NotesKeysOfTablesThatAreShownOnly) {
    const json::object document = root(Who::ana);
    const auto& columns = document.at("definitions").at("devices").at("properties");
    EXPECT_EQ(columns.at("organization_id"), json::parse(R"json({
        "description": "Note:\nThis is a Foreign Key to `organizations.id`.<fk table='organizations' column='id'/>",
        "format": "uuid", "type": "string"})json"));
    EXPECT_EQ(columns.at("user_id"),
              json::parse(R"json({"format": "uuid", "type": "string"})json"));
    EXPECT_EQ(columns.at("id"), json::parse(R"json({
        "default": "gen_random_uuid()",
        "description": "Note:\nThis is a Primary Key.<pk/>",
        "format": "uuid", "type": "string"})json"));
    EXPECT_EQ(columns.at("created_at"), json::parse(R"json({
        "default": "now()", "format": "timestamp with time zone", "type": "string"})json"));
    EXPECT_EQ(document.at("host"), "muster.test");
}

TEST_F(OpenApiTest, IsAnsweredAsWhatWasAskedFor) {
    struct Row {
        std::string_view name, accept;
        unsigned status;
        std::string_view content_type;
    };
    constexpr Row rows[] = {
        {"its own type", "application/openapi+json", 200,
         "application/openapi+json; charset=utf-8"},
        {"JSON", "application/json", 200, "application/openapi+json; charset=utf-8"},
        {"anything", "*/*", 200, "application/openapi+json; charset=utf-8"},
        {"what it is not", "text/csv", 406, "application/json; charset=utf-8"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Reply reply = send(Who::ana, "GET", "/rest/v1/", {}, {{"Accept", row.accept}});
        EXPECT_EQ(reply.status, row.status);
        EXPECT_EQ(reply.content_type, row.content_type);
    }
    const Reply other = send(Who::ana, "GET", "/rest/v1/", {}, {{"Accept-Profile", "auth"}});
    EXPECT_EQ(other.status, 406U);
    EXPECT_EQ(other.code(), "PGRST106");
}

}  // namespace
}  // namespace muster::api
