// Writing through the table API: the answers of each verb and preference. What may be written by
// whom is isolation_test.cpp's.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_write_test.hpp"

namespace muster::api {
namespace {

const WriteCase cases[] = {
    {"insert",
     "POST",
     "shelves",
     R"({"name":"x"})",
     {},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"insert, shown",
     "POST",
     "shelves",
     R"({"name":"x"})",
     {representation},
     201,
     "*/*",
     R"([{"id":4,"name":"x","size":3,"made":null}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"insert, shown in part",
     "POST",
     "shelves?select=n:name",
     R"({"name":"x"})",
     {representation},
     201,
     "*/*",
     R"([{"n":"x"}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"insert, one object",
     "POST",
     "shelves?select=id",
     R"([{"name":"x"}])",
     {representation, {"Accept", "application/vnd.pgrst.object+json"}},
     201,
     "*/*",
     R"({"id":4})",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"two, counted",
     "POST",
     "shelves?select=id",
     R"([{"name":"x"},{"name":"y"}])",
     {{"Prefer", "return=representation,count=exact"}},
     201,
     "*/2",
     R"([{"id":4},{"id":5}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; 5 y 3; "},
    {"nothing", "POST", "shelves", "[]", {representation}, 201, "*/*", "[]", untouched},
    {"columns leave members out",
     "POST",
     "shelves?columns=name&select=*",
     R"([{"name":"x","size":9,"nonsense":1}])",
     {representation},
     201,
     "*/*",
     R"([{"id":4,"name":"x","size":3,"made":null}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"missing members are null",
     "POST",
     "shelves?columns=name,size",
     R"([{"name":"x"},{"name":"y","size":1}])",
     {},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x null; 5 y 1; "},
    {"missing members by default",
     "POST",
     "shelves?columns=name,size",
     R"([{"name":"x"},{"name":"y","size":1}])",
     {{"Prefer", "missing=default"}},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; 5 y 1; "},
    {"CSV",
     "POST",
     "shelves",
     "name,size\nx,NULL\ny,5\n",
     {{"Content-Type", "text/csv"}},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x null; 5 y 5; "},
    {"a form",
     "POST",
     "shelves",
     "name=x&size=5",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x 5; "},
    {"upsert of one that is there",
     "POST",
     "shelves",
     R"({"id":1,"name":"x"})",
     {merge},
     200,
     "*/*",
     "",
     "1 x 3; 2 two 3; 3 three 3; "},
    {"upsert of one that is there and a new one",
     "POST",
     "shelves?select=id",
     R"([{"id":1,"name":"x"},{"id":9,"name":"y"}])",
     {{"Prefer", "resolution=merge-duplicates,return=representation"}},
     201,
     "*/*",
     R"([{"id":1},{"id":9}])",
     "1 x 3; 2 two 3; 3 three 3; 9 y 3; "},
    {"upsert by another key",
     "POST",
     "shelves?on_conflict=name",
     R"({"name":"two","size":7})",
     {merge},
     200,
     "*/*",
     "",
     "1 one 3; 2 two 7; 3 three 3; "},
    {"upsert that leaves duplicates alone",
     "POST",
     "shelves?on_conflict=name&select=id",
     R"([{"name":"x","size":1},{"name":"two","size":7}])",
     {{"Prefer", "resolution=ignore-duplicates,return=representation"}},
     201,
     "*/*",
     R"([{"id":4}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 1; "},
    {"update",
     "PATCH",
     "shelves?id=gt.1",
     R"({"size":8})",
     {},
     204,
     "0-1/*",
     "",
     "1 one 3; 2 two 8; 3 three 8; "},
    {"update, counted",
     "PATCH",
     "shelves?id=gt.1",
     R"({"size":8})",
     {{"Prefer", "count=exact"}},
     204,
     "0-1/2",
     "",
     "1 one 3; 2 two 8; 3 three 8; "},
    {"update, shown in order",
     "PATCH",
     "shelves?id=gt.1&select=id,size&order=id.desc",
     R"({"size":8})",
     {representation},
     200,
     "0-1/*",
     R"([{"id":3,"size":8},{"id":2,"size":8}])",
     "1 one 3; 2 two 8; 3 three 8; "},
    {"update of what was looked for",
     "PATCH",
     "shelves?size=eq.3&id=eq.1&select=size",
     R"({"size":8})",
     {representation},
     200,
     "0-0/*",
     R"([{"size":8}])",
     "1 one 8; 2 two 3; 3 three 3; "},
    {"update of nobody",
     "PATCH",
     "shelves?id=eq.7",
     R"({"size":8})",
     {representation},
     200,
     "*/*",
     "[]",
     untouched},
    {"update with nothing", "PATCH", "shelves?id=eq.1", "{}", {}, 204, "*/*", "", untouched},
    {"update of a key",
     "PATCH",
     "shelves?id=eq.2&select=id",
     R"({"id":20})",
     {representation},
     200,
     "0-0/*",
     R"([{"id":20}])",
     "1 one 3; 3 three 3; 20 two 3; "},
    {"update of as many as wanted",
     "PATCH",
     "shelves",
     R"({"size":8})",
     {{"Prefer", "handling=strict, max-affected=3"}},
     204,
     "0-2/*",
     "",
     "1 one 8; 2 two 8; 3 three 8; "},
    {"delete", "DELETE", "shelves?id=eq.3", "", {}, 204, "*/*", "", "1 one 3; 2 two 3; "},
    {"delete, counted",
     "DELETE",
     "shelves?id=gte.2",
     "",
     {{"Prefer", "count=exact"}},
     204,
     "*/2",
     "",
     "1 one 3; "},
    {"delete, shown",
     "DELETE",
     "shelves?id=gte.2&select=id&order=id.desc",
     "",
     {representation},
     200,
     "*/*",
     R"([{"id":3},{"id":2}])",
     "1 one 3; "},
    {"delete of nobody",
     "DELETE",
     "shelves?id=eq.7",
     "",
     {representation},
     200,
     "*/*",
     "[]",
     untouched},
    {"put of one that is there",
     "PUT",
     "shelves?id=eq.1",
     R"({"id":1,"name":"x"})",
     {},
     204,
     "",
     "",
     "1 x 3; 2 two 3; 3 three 3; "},
    {"put of a new one",
     "PUT",
     "shelves?id=eq.9",
     R"({"id":9,"name":"x"})",
     {representation},
     201,
     "",
     R"([{"id":9,"name":"x","size":3,"made":null}])",
     "1 one 3; 2 two 3; 3 three 3; 9 x 3; "},
};

TEST_F(RestWrite, AnswersAndEffects) {
    for (const WriteCase& c : cases) expect(c);
}

TEST_F(RestWrite, KeysOfTwoColumns) {
    EXPECT_EQ(write("POST", "boxes", R"([{"shelf":1,"place":2,"label":"c"},
                                          {"shelf":2,"place":1,"label":"d"}])",
                    {merge})
                  .status,
              201U);
    EXPECT_EQ(boxes(), "1 1 a; 1 2 c; 2 1 d; ");
    const Reply changed = write("PATCH", "boxes?shelf=eq.1&select=place,label&order=place.desc",
                                R"({"label":"z"})", {representation});
    EXPECT_EQ(shown(changed), R"([{"place":2,"label":"z"},{"place":1,"label":"z"}])");
    EXPECT_EQ(write("DELETE", "boxes?label=eq.z", "").status, 204U);
    EXPECT_EQ(boxes(), "2 1 d; ");
    EXPECT_EQ(
        write("PUT", "boxes?shelf=eq.2&place=eq.1", R"({"shelf":2,"place":1,"label":"e"})").status,
        204U);
    EXPECT_EQ(boxes(), "2 1 e; ");
}

TEST_F(RestWrite, WhatIsWrittenIsShownWithWhatBelongsToIt) {
    const Reply box = write("POST", "boxes?select=label,shelves(name)",
                            R"({"shelf":2,"place":1,"label":"x"})", {representation});
    EXPECT_EQ(shown(box), R"([{"label":"x","shelves":{"name":"two"}}])");
    const Reply gone =
        write("DELETE", "boxes?place=eq.2&select=label,shelves(name)", "", {representation});
    EXPECT_EQ(shown(gone), R"([{"label":"b","shelves":{"name":"one"}}])");
    const Reply shelf = write("PATCH", "shelves?id=eq.1&select=name,boxes(label)",
                              R"({"name":"uno"})", {representation});
    EXPECT_EQ(shown(shelf), R"([{"name":"uno","boxes":[{"label":"a"}]}])");
}

TEST_F(RestWrite, HeadersOnlySayWhereTheRowIs) {
    const net::HeaderView headers_only{"Prefer", "return=headers-only"};
    const Reply one = write("POST", "boxes", R"({"shelf":2,"place":7})", {headers_only});
    EXPECT_EQ(one.status, 201U);
    EXPECT_EQ(one.header("Location"), "/boxes?shelf=eq.2&place=eq.7");
    EXPECT_EQ(one.header("Preference-Applied"), "return=headers-only");
    const Reply two =
        write("POST", "boxes", R"([{"shelf":2,"place":8},{"shelf":2,"place":9}])", {headers_only});
    EXPECT_EQ(two.header("Location"), "") << "one place for one row";
}

TEST_F(RestWrite, PreferencesThatWereAppliedAreNamedInOneOrder) {
    const Reply reply = write("POST", "shelves?on_conflict=name", R"({"name":"x"})",
                              {{"Prefer", "count=exact, missing=default, return=minimal"},
                               {"Prefer", "resolution=ignore-duplicates, return=representation"}});
    EXPECT_EQ(reply.header("Preference-Applied"),
              "resolution=ignore-duplicates, missing=default, return=minimal, count=exact");
    EXPECT_EQ(shown(reply), "") << "the first of two holds";
}

/// Also where a row like it is there, and for what is judged and written then.
TEST_F(RestWrite, ADeviceOfNoOrganizationIsProposedForItsCallers) {
    constexpr const char* devices = "/rest/v1/devices";
    constexpr const char* id = "b981c864-d404-4585-81c0-91116f545fa7";
    boost::json::object device{{"id", id}, {"user_id", user_id(Who::ana)}, {"name", "new"}};
    const auto post = [&](Who who, const char* preference) {
        return send(who, "POST", devices, boost::json::serialize(device), {{"Prefer", preference}});
    };
    constexpr const char* ignoring = "resolution=ignore-duplicates";
    ASSERT_EQ(post(Who::boss, "return=minimal").status, 201U);
    const Reply refused = post(Who::boss, "return=minimal");
    EXPECT_EQ(refused.status, 409U) << refused.raw;
    EXPECT_EQ(refused.code(), "23505");
    const Reply ignored = post(Who::boss, ignoring);
    EXPECT_EQ(ignored.status, 201U) << ignored.raw;
    EXPECT_EQ(post(Who::other_boss, ignoring).status, 403U);
    device["organization_id"] = nullptr;
    const Reply merged = post(Who::boss, "resolution=merge-duplicates");
    EXPECT_EQ(merged.status, 200U) << merged.raw;
    EXPECT_EQ(column(id, "organization_id"), organization_id('A'));
}

}  // namespace
}  // namespace muster::api
