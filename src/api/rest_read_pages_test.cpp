// Which part of the rows an answer has, what it says about the rest, and in which form.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read_test.hpp"

namespace muster::api {
namespace {

constexpr std::string_view all = "1 2 3 4 5";

struct PageRow {
    std::string_view name, query, range, prefer;
    unsigned status;
    std::string_view content_range, ids;
};

constexpr PageRow limit_rows[] = {
    {"all of them", "", "", "", 200, "0-4/*", all},
    {"limit", "limit=2", "", "", 200, "0-1/*", "1 2"},
    {"limit as large as all", "limit=5", "", "", 200, "0-4/*", all},
    {"limit beyond all", "limit=6", "", "", 200, "0-4/*", all},
    {"limit of nothing", "limit=0", "", "", 200, "*/*", ""},
    {"no number for a limit", "limit=many", "", "", 200, "0-4/*", all},
    {"an empty limit", "limit=", "", "", 200, "0-4/*", all},
    {"a huge limit", "limit=99999999999999999999", "", "", 200, "0-4/*", all},
    {"offset", "offset=3", "", "", 200, "3-4/*", "4 5"},
    {"offset of everything", "offset=5", "", "", 200, "*/*", ""},
    {"offset beyond everything", "offset=6", "", "", 200, "*/*", ""},
    {"no number for an offset", "offset=some", "", "", 200, "0-4/*", all},
    {"limit and offset", "limit=2&offset=1", "", "", 200, "1-2/*", "2 3"},
    {"the last page", "limit=2&offset=4", "", "", 200, "4-4/*", "5"},
    {"no row fits", "id=eq.9", "", "", 200, "*/*", ""},
    {"a range unit", "", "0-1", "", 200, "0-1/*", "1 2"},
    {"an open range", "", "3-", "", 200, "3-4/*", "4 5"},
    {"a range of one", "", "2-2", "", 200, "2-2/*", "3"},
    {"a range beyond the end", "", "3-99", "", 200, "3-4/*", "4 5"},
    {"a range behind the end", "", "6-9", "", 200, "*/*", ""},
    {"a range and a limit: what both have", "limit=2", "1-3", "", 200, "1-1/*", "2"},
    {"a range and an offset: what both have", "offset=2", "1-3", "", 200, "2-3/*", "3 4"},
    {"a range and a limit of nothing", "limit=0", "1-3", "", 200, "*/*", ""},
    {"a range of bytes is none", "", "bytes=0-1", "", 200, "0-4/*", all},
    {"a range of words is none", "", "a-b", "", 200, "0-4/*", all},
    {"the end of a range is none", "", "-2", "", 200, "0-4/*", all},
};

constexpr PageRow count_rows[] = {
    {"all of them", "", "", "count=exact", 200, "0-4/5", all},
    {"a part", "limit=2", "", "count=exact", 206, "0-1/5", "1 2"},
    {"the last part", "offset=3", "", "count=exact", 206, "3-4/5", "4 5"},
    {"as many as there are", "limit=5", "", "count=exact", 200, "0-4/5", all},
    {"nothing of them", "limit=0", "", "count=exact", 206, "*/5", ""},
    {"exactly behind the end", "offset=5", "", "count=exact", 206, "*/5", ""},
    {"of those that fit", "id=gt.2", "", "count=exact", 200, "0-2/3", "3 4 5"},
    {"of those that fit, a part", "id=gt.2&limit=1&offset=1", "", "count=exact", 206, "1-1/3", "4"},
    {"none fits", "id=eq.9", "", "count=exact", 200, "*/0", ""},
    {"planned", "limit=2", "", "count=planned", 206, "0-1/5", "1 2"},
    {"estimated", "limit=2", "", "count=estimated", 206, "0-1/5", "1 2"},
    {"none", "limit=2", "", "count=none", 200, "0-1/*", "1 2"},
    {"a range", "", "1-2", "count=exact", 206, "1-2/5", "2 3"},
    {"a range of all", "", "0-4", "count=exact", 200, "0-4/5", all},
    {"inner embeds count", "select=id,parts!inner(id)&limit=1", "", "count=exact", 206, "0-0/2",
     "1"},
};

constexpr PageRow most_rows[] = {
    {"without a limit", "", "", "", 200, "0-2/*", "1 2 3"},
    {"a limit that is too large", "limit=4", "", "", 200, "0-2/*", "1 2 3"},
    {"a limit that is not", "limit=2", "", "", 200, "0-1/*", "1 2"},
    {"behind an offset", "offset=1", "", "", 200, "1-3/*", "2 3 4"},
    {"counted", "", "", "count=exact", 206, "0-2/5", "1 2 3"},
};

class RestReadPages : public RestRead {
protected:
    Reply page(std::string_view method, const PageRow& row) {
        std::vector<net::HeaderView> headers;
        if (!row.range.empty()) headers.push_back({"Range", row.range});
        if (!row.prefer.empty()) headers.push_back({"Prefer", row.prefer});
        const std::string target = "/rest/v1/machines?order=id&" + std::string(row.query);
        return send(Who::anon_key, method, target, {}, headers);
    }
    template <std::size_t size>
    void expect(const PageRow (&rows)[size]) {
        for (const PageRow& row : rows) {
            SCOPED_TRACE(row.name);
            const Reply reply = page("GET", row);
            EXPECT_EQ(reply.status, row.status) << reply.raw;
            EXPECT_EQ(reply.header("Content-Range"), row.content_range);
            EXPECT_EQ(reply.content_type, "application/json; charset=utf-8");
            std::string found;
            for (const auto& each : reply.body.as_array()) {
                found += (found.empty() ? "" : " ") + std::to_string(each.at("id").as_int64());
            }
            EXPECT_EQ(found, row.ids);
        }
    }
};

TEST_F(RestReadPages, LimitsAndRanges) {
    expect(limit_rows);
}

TEST_F(RestReadPages, Counts) {
    expect(count_rows);
}

TEST_F(RestReadPages, NoMoreThanTheServerGives) {
    m_tables->rows_max = 3;
    expect(most_rows);
    EXPECT_EQ(body("racks?select=machines!rack_id(id)&id=eq.1"),
              R"([{"machines":[{"id":1},{"id":2}]}])");
    m_tables->rows_max = 1;
    EXPECT_EQ(body("racks?select=machines!rack_id(id)&id=eq.1&machines.order=id"),
              R"([{"machines":[{"id":1}]}])");
}

TEST_F(RestReadPages, HeadSaysWhatGetSays) {
    for (const PageRow& row : count_rows) {
        if (!row.range.empty()) continue;  // a HEAD has no Range (RFC 9110 section 14.2)
        SCOPED_TRACE(row.name);
        const Reply reply = page("HEAD", row);
        EXPECT_EQ(reply.status, row.status);
        EXPECT_EQ(reply.header("Content-Range"), row.content_range);
    }
    const Reply whole = page("HEAD", {"", "", "1-2", "count=exact", 0, "", ""});
    EXPECT_EQ(whole.status, 200U);
    EXPECT_EQ(whole.header("Content-Range"), "0-4/5");
}

struct AppliedRow {
    std::string_view name, prefer, applied;
};

constexpr AppliedRow applied_rows[] = {
    {"nothing", "", ""},
    {"a count", "count=exact", "count=exact"},
    {"another count", "count=planned", "count=planned"},
    {"the first of two", "count=exact, count=planned", "count=exact"},
    {"what a read does not do", "return=representation, missing=default, max-affected=1", ""},
    {"in PostgREST's order", "handling=strict, count=exact", "count=exact, handling=strict"},
    {"what nobody knows", "count=exact, colour=red", "count=exact"},
};

TEST_F(RestReadPages, PreferencesAreEchoed) {
    for (const AppliedRow& row : applied_rows) {
        SCOPED_TRACE(row.name);
        const Reply reply = get("machines?limit=1", {{"Prefer", row.prefer}});
        EXPECT_EQ(reply.header("Preference-Applied"), row.applied);
    }
}

struct LocationRow {
    std::string_view name, target, location;
};

constexpr LocationRow location_rows[] = {
    {"without a query", "machines", "/machines"},
    {"by name", "machines?select=id&id=eq.1", "/machines?id=eq.1&select=id"},
    {"repeated names stay in order", "machines?size=lt.20&select=id&size=gt.1",
     "/machines?select=id&size=lt.20&size=gt.1"},
    {"encoded", "machines?name=eq.say+%22hi%22", "/machines?name=eq.say+%22hi%22"},
    {"without the key", "machines?apikey=secret&id=eq.1", "/machines?id=eq.1"},
};

TEST_F(RestReadPages, AnswersSayWhereTheyAre) {
    for (const LocationRow& row : location_rows) {
        SCOPED_TRACE(row.name);
        const Reply reply = get(row.target);
        EXPECT_EQ(reply.status, 200U) << reply.raw;
        EXPECT_EQ(reply.header("Content-Location"), row.location);
        EXPECT_EQ(reply.header("Vary"), "Accept, Prefer, Range");
    }
}

struct FormRow {
    std::string_view name, target, accept, content_type, body;
};

constexpr std::string_view object_type = "application/vnd.pgrst.object+json; charset=utf-8";
constexpr std::string_view csv_type = "text/csv; charset=utf-8";
constexpr std::string_view bare_type =
    "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8";

constexpr FormRow form_rows[] = {
    {"anything", "racks?select=id&id=eq.1", "*/*", "application/json; charset=utf-8",
     R"([{"id":1}])"},
    {"an array", "racks?select=id&id=eq.1", "application/vnd.pgrst.array+json",
     "application/json; charset=utf-8", R"([{"id":1}])"},
    {"one object", "racks?id=eq.2", "application/vnd.pgrst.object+json", object_type,
     R"({"id":2,"name":"south","site":null})"},
    {"one object of a page", "racks?select=id&order=id&limit=1", "application/vnd.pgrst.object",
     object_type, R"({"id":1})"},
    {"one object without nulls", "racks?id=eq.2",
     "application/vnd.pgrst.object+json;nulls=stripped",
     "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8",
     R"({"id":2,"name":"south"})"},
    {"without nulls", "racks?order=id&limit=2", "application/vnd.pgrst.array+json;nulls=stripped",
     bare_type, R"([{"id":1,"name":"north","site":"Lima"},{"id":2,"name":"south"}])"},
    {"embeds without nulls", "machines?select=id,rack_id(*),badges(id),parts(id,weight)&id=eq.3",
     "application/vnd.pgrst.array+json;nulls=stripped", bare_type,
     R"([{"id":3,"rack_id":{"id":2,"name":"south"},"parts":[]}])"},
    {"CSV", "racks?order=id", "text/csv", csv_type,
     "id,name,site\n1,north,Lima\n2,south,\n3,empty,Lima"},
    {"CSV: quotes", "machines?select=id,name&id=in.(3,5)&order=id", "text/csv", csv_type,
     "id,name\n3,\"gamma, (x)\"\n5,\"say \"\"hi\"\"\""},
    {"CSV: types", "machines?select=price,is_on,seen_at,built_on,labels,serial&id=eq.2", "text/csv",
     csv_type,
     "price,is_on,seen_at,built_on,labels,serial\n"
     "2.25,f,\"2026-02-01 12:30:00.12+00\",2025-02-01,{blue},aaaaaaaa-0000-4000-8000-000000000002"},
    {"CSV: an array of two", "machines?select=labels&id=eq.1", "text/csv", csv_type,
     "labels\n\"{red,blue}\""},
    {"CSV: JSON", "machines?select=notes->cpu&id=eq.1", "text/csv", csv_type,
     "cpu\n\"{\"\"cores\"\":4}\""},
    {"CSV: an embed", "machines?select=id,rack_id(id)&id=eq.1", "text/csv", csv_type,
     "id,rack_id\n1,\"{\"\"id\"\":1}\""},
    {"CSV: no rows, no names", "racks?id=eq.9", "text/csv", csv_type, "\n"},
    {"the heaviest", "racks?select=id&id=eq.1", "application/json;q=0.5, text/csv", csv_type,
     "id\n1"},
    {"what there is", "racks?select=id&id=eq.1", "text/html, application/xml;q=0.9, */*;q=0.8",
     "application/json; charset=utf-8", R"([{"id":1}])"},
};

TEST_F(RestReadPages, Forms) {
    for (const FormRow& row : form_rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(get(row.target, {{"Accept", row.accept}}).content_type, row.content_type);
        EXPECT_EQ(body(row.target, {{"Accept", row.accept}}), row.body);
    }
}

}  // namespace
}  // namespace muster::api
