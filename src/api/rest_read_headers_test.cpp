// What the headers of a read ask for, and how it is refused: methods, schemas, media types, one
// object, ranges, preferences, rights.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read_test.hpp"

namespace muster::api {
namespace {

/// `header` and `value`: one that the request has.
struct HeaderRow {
    std::string_view name, method, target, header, value;
    unsigned status;
    std::string_view body;
};

constexpr HeaderRow schema_rows[] = {
    {"the schema by its name", "GET", "racks?select=id&id=eq.1", "Accept-Profile", "public", 200,
     R"([{"id":1}])"},
    {"no name", "GET", "racks?select=id&id=eq.1", "Accept-Profile", "", 200, R"([{"id":1}])"},
    {"another schema", "GET", "racks", "Accept-Profile", "auth", 406,
     R"({"code":"PGRST106","details":null,)"
     R"("hint":"Only the following schemas are exposed: public","message":"Invalid schema: )"
     R"(auth"})"},
    {"names are case-sensitive", "GET", "racks", "Accept-Profile", "Public", 406,
     R"({"code":"PGRST106","details":null,)"
     R"("hint":"Only the following schemas are exposed: public",)"
     R"("message":"Invalid schema: Public"})"},
    {"writes have another header", "GET", "racks?select=id&id=eq.1", "Content-Profile", "auth", 200,
     R"([{"id":1}])"},
};

constexpr HeaderRow media_rows[] = {
    {"HTML", "GET", "racks", "Accept", "text/html", 406,
     R"({"code":"PGRST107","details":null,"hint":null,)"
     R"("message":"None of these media types are available: text/html"})"},
    {"two", "GET", "racks", "Accept", "text/html, image/png", 406,
     R"({"code":"PGRST107","details":null,"hint":null,)"
     R"("message":"None of these media types are available: text/html, image/png"})"},
    {"a plan", "GET", "racks", "Accept", "application/vnd.pgrst.plan+json", 406,
     R"({"code":"PGRST107","details":null,"hint":null,"message":)"
     R"("None of these media types are available: )"
     R"(application/vnd.pgrst.plan+json; for=\"application/json\""})"},
    {"geography", "GET", "racks", "Accept", "application/geo+json", 406,
     R"({"code":"PGRST107","details":null,"hint":null,)"
     R"("message":"None of these media types are available: application/geo+json"})"},
    {"OpenAPI of a table", "GET", "racks", "Accept", "application/openapi+json", 406,
     R"({"code":"PGRST107","details":null,"hint":null,)"
     R"("message":"None of these media types are available: application/openapi+json"})"},
};

constexpr std::string_view object = "application/vnd.pgrst.object+json";

constexpr HeaderRow single_rows[] = {
    {"one", "GET", "racks?select=id&id=eq.1", "Accept", object, 200, R"({"id":1})"},
    {"none", "GET", "racks?id=eq.9", "Accept", object, 406,
     R"({"code":"PGRST116","details":"The result contains 0 rows","hint":null,)"
     R"("message":"Cannot coerce the result to a single JSON object"})"},
    {"two", "GET", "racks?id=lt.3", "Accept", object, 406,
     R"({"code":"PGRST116","details":"The result contains 2 rows","hint":null,)"
     R"("message":"Cannot coerce the result to a single JSON object"})"},
    {"all", "GET", "machines", "Accept", object, 406,
     R"({"code":"PGRST116","details":"The result contains 5 rows","hint":null,)"
     R"("message":"Cannot coerce the result to a single JSON object"})"},
    {"without nulls", "GET", "racks", "Accept", "application/vnd.pgrst.object+json;nulls=stripped",
     406,
     R"({"code":"PGRST116","details":"The result contains 3 rows","hint":null,)"
     R"("message":"Cannot coerce the result to a single JSON object"})"},
    {"without a body", "HEAD", "racks", "Accept", object, 406, ""},
};

constexpr HeaderRow range_rows[] = {
    {"backwards", "GET", "racks", "Range", "2-1", 416,
     R"({"code":"PGRST103","details":"The lower boundary must be lower than or equal to the upper )"
     R"(boundary in the Range header.","hint":null,"message":"Requested range not satisfiable"})"},
    {"outside of the limit", "GET", "racks?limit=1", "Range", "1-2", 416,
     R"({"code":"PGRST103","details":"Limit should be greater than or equal to zero.",)"
     R"("hint":null,"message":"Requested range not satisfiable"})"},
    {"before the offset", "GET", "racks?offset=2", "Range", "0-1", 416,
     R"({"code":"PGRST103","details":"Limit should be greater than or equal to zero.",)"
     R"("hint":null,"message":"Requested range not satisfiable"})"},
    {"behind the end, counted", "GET", "racks?offset=4", "Prefer", "count=exact", 416,
     R"({"code":"PGRST103","details":"An offset of 4 was requested, but there are only 3 rows.",)"
     R"("hint":null,"message":"Requested range not satisfiable"})"},
    {"without a body", "HEAD", "racks?offset=4", "Prefer", "count=exact", 416, ""},
};

constexpr HeaderRow preference_rows[] = {
    {"strict", "GET", "racks?select=id&id=eq.1", "Prefer", "handling=strict, count=exact", 200,
     R"([{"id":1}])"},
    {"strict and unknown", "GET", "racks", "Prefer", "handling=strict, colour=red, mood=good", 400,
     R"({"code":"PGRST122","details":"Invalid preferences: colour=red, mood=good","hint":null,)"
     R"("message":"Invalid preferences given with handling=strict"})"},
    {"lenient and unknown", "GET", "racks?select=id&id=eq.1", "Prefer", "colour=red", 200,
     R"([{"id":1}])"},
};

constexpr HeaderRow method_rows[] = {
    {"a method that nobody knows", "TRACE", "racks", "", "", 405,
     R"({"code":"PGRST117","details":null,"hint":null,)"
     R"("message":"Unsupported HTTP method: TRACE"})"},
    {"a method of functions", "PUT", "rpc/nothing", "", "", 405,
     R"({"code":"PGRST101","details":null,"hint":null,)"
     R"("message":"Cannot use the PUT method on RPC"})"},
    {"a table that is not there, without a body", "HEAD", "planets", "", "", 404, ""},
};

class RestReadHeaders : public RestRead {
protected:
    template <std::size_t size>
    void expect(const HeaderRow (&rows)[size]) {
        for (const HeaderRow& row : rows) {
            SCOPED_TRACE(row.name);
            std::vector<net::HeaderView> headers;
            if (!row.header.empty()) headers.push_back({row.header, row.value});
            const Reply reply =
                send(Who::anon_key, row.method, "/rest/v1/" + std::string(row.target), {}, headers);
            EXPECT_EQ(reply.status, row.status);
            EXPECT_EQ(reply.raw, row.body);
            const bool refused = row.status != 200;
            EXPECT_EQ(reply.header("Proxy-Status").starts_with("PostgREST; error="), refused);
            EXPECT_EQ(reply.content_type.empty(), refused && row.body.empty());
        }
    }
};

TEST_F(RestReadHeaders, Schemas) {
    expect(schema_rows);
}

TEST_F(RestReadHeaders, MediaTypes) {
    expect(media_rows);
}

TEST_F(RestReadHeaders, OneObject) {
    expect(single_rows);
}

TEST_F(RestReadHeaders, Ranges) {
    expect(range_rows);
    const Reply reply = get("racks?offset=4", {{"Prefer", "count=exact"}});
    EXPECT_EQ(reply.header("Content-Range"), "*/3");
}

TEST_F(RestReadHeaders, Preferences) {
    expect(preference_rows);
}

TEST_F(RestReadHeaders, Methods) {
    expect(method_rows);
}

struct RightRow {
    std::string_view name;
    Who who;
    std::string_view target;
    unsigned status;
};

constexpr RightRow right_rows[] = {
    {"no grant, not signed in", Who::anon_key, "ledgers?select=id", 401},
    {"granted columns", Who::ana, "ledgers?select=id,name", 200},
    {"an alias of a granted column", Who::ana, "ledgers?select=total:id", 200},
    {"all columns", Who::ana, "ledgers", 403},
    {"a column that is not granted", Who::ana, "ledgers?select=id,total", 403},
    {"a cast of it", Who::ana, "ledgers?select=id,total::text", 403},
    {"a filter on it", Who::ana, "ledgers?select=id&total=eq.7", 403},
    {"a filter on it in a tree", Who::ana, "ledgers?select=id&or=(id.eq.1,total.eq.7)", 403},
    {"order by it", Who::ana, "ledgers?select=id&order=total", 403},
    {"an embed of granted columns", Who::ana, "racks?select=ledgers(id)", 200},
    {"an embed of all columns", Who::ana, "racks?select=ledgers(*)", 403},
    {"an embed's filter on it", Who::ana, "racks?select=ledgers(id)&ledgers.total=eq.7", 403},
    {"an embed's order by it", Who::ana, "racks?select=ledgers(id)&ledgers.order=total", 403},
    {"all columns granted", Who::service, "ledgers?total=eq.7", 200},
};

TEST_F(RestReadHeaders, Rights) {
    for (const RightRow& row : right_rows) {
        SCOPED_TRACE(row.name);
        const Reply reply = send(row.who, "GET", "/rest/v1/" + std::string(row.target));
        EXPECT_EQ(reply.status, row.status) << reply.raw;
        EXPECT_EQ(reply.header("WWW-Authenticate"), row.status == 401 ? "Bearer" : "");
        if (row.status == 200) continue;
        EXPECT_EQ(reply.raw, R"({"code":"42501","details":null,"hint":null,)"
                             R"("message":"permission denied for table ledgers"})");
    }
}

TEST_F(RestReadHeaders, OptionsSayWhatATableCanDo) {
    const Reply table = send(Who::anon_key, "OPTIONS", "/rest/v1/racks");
    EXPECT_EQ(table.status, 200U);
    EXPECT_EQ(table.header("Allow"), "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE");
    const Reply view = send(Who::anon_key, "OPTIONS", "/rest/v1/user_roles");
    EXPECT_EQ(view.header("Allow"), "OPTIONS,GET,HEAD");
    const Reply nothing = send(Who::anon_key, "OPTIONS", "/rest/v1/planets");
    EXPECT_EQ(nothing.status, 404U);
    EXPECT_EQ(nothing.code(), "PGRST205");
}

TEST_F(RestReadHeaders, TheKeyMayBeAParameter) {
    m_sends_apikey = false;
    const std::string key = token_of(Who::anon_key);
    const Reply reply = send(Who::nobody, "GET", "/rest/v1/racks?select=id&id=eq.1&apikey=" + key);
    EXPECT_EQ(reply.status, 200U) << reply.raw;
    EXPECT_EQ(reply.raw, R"([{"id":1}])");
    EXPECT_EQ(send(Who::nobody, "GET", "/rest/v1/racks").status, 401U);
}

}  // namespace
}  // namespace muster::api
