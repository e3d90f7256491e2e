// A comparison that lets too much pass would find nothing.
// SPDX-License-Identifier: Apache-2.0
#include "twins/comparison.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "twins/known_differences.hpp"

namespace muster::twins {
namespace {

constexpr const char* first_id = "01a20ac2-1999-7000-8000-000000000001";
constexpr const char* other_id = "01a20ac2-1999-7000-8000-000000000002";
constexpr const char* later_id = "01a20ac2-199a-7000-8000-000000000003";
constexpr const char* servers_id = "01a20ac2-1999-7000-bb1d-68b8b5ae7cbb";

std::string token(const std::string& claims, const std::string& signature) {
    const auto part = [](const std::string& text) {
        return base::to_base64url(base::bytes_of(text));
    };
    return part(R"({"alg":"ES256"})") + "." + part(claims) + "." + signature;
}

std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}

std::string in_list(const std::string& one, const std::string& other) {
    return "[" + quoted(one) + "," + quoted(other) + "]";
}

std::string in_rows(const std::string& one, int first, const std::string& other, int second) {
    return R"([{"id":")" + one + R"(","a":)" + std::to_string(first) + R"(},{"id":")" + other +
           R"(","a":)" + std::to_string(second) + "}]";
}

struct Bodies {
    const char* name;
    const char* target;
    std::string first;
    std::string second;
    bool same;
};

const std::vector<Bodies>& all_bodies() {
    constexpr const char* anywhere = "/roster/v1/devices";
    constexpr const char* rows = "/rest/v1/devices?select=id";
    static const std::vector<Bodies> bodies = {
        {"the same", anywhere, R"({"a":1})", R"({"a":1})", true},
        {"another order of members", anywhere, R"({"a":1,"b":2})", R"({"b":2,"a":1})", true},
        {"one number in two spellings", anywhere, R"({"a":1})", R"({"a":1.0})", true},
        {"another value", anywhere, R"({"a":1})", R"({"a":2})", false},
        {"another type", anywhere, R"({"a":1})", R"({"a":"1"})", false},
        {"a member less", anywhere, R"({"a":1,"b":null})", R"({"a":1})", false},
        {"a member more", anywhere, R"({"a":1})", R"({"a":1,"b":null})", false},
        {"a list of its own order", anywhere, R"([{"a":1},{"a":2}])", R"([{"a":2},{"a":1}])",
         false},
        {"words of another order", rows, R"(["a","b"])", R"(["b","a"])", false},
        {"rows without an order", rows, R"([{"a":1},{"a":2}])", R"([{"a":2},{"a":1}])", true},
        {"other rows", rows, R"([{"a":1},{"a":2}])", R"([{"a":1},{"a":3}])", false},
        {"rows by id", "/rest/v1/devices?order=name,id.desc", R"([{"a":1},{"a":2}])",
         R"([{"a":2},{"a":1}])", false},
        {"rows by name", "/rest/v1/devices?order=name", R"([{"a":1},{"a":2}])",
         R"([{"a":2},{"a":1}])", true},
        {"a page without an order", "/rest/v1/devices?limit=1", R"([{"a":1}])", R"([{"a":2}])",
         true},
        {"a larger page", "/rest/v1/devices?limit=1", R"([{"a":1}])", R"([])", false},
        {"a page of other members", "/rest/v1/devices?limit=1", R"([{"a":1}])", R"([{"b":1}])",
         false},
        {"a page of another kind", "/rest/v1/devices?limit=1", R"([{"a":1}])", R"({"a":1})", false},
        {"one object of a page", "/rest/v1/devices?limit=1", R"({"a":1})", R"({"a":2})", true},
        {"one object of other members", "/rest/v1/devices?limit=1", R"({"a":1})",
         R"({"a":1,"b":1})", false},
        {"a page that has all rows", "/rest/v1/devices?limit=3", R"([{"a":1},{"a":2}])",
         R"([{"a":2},{"a":1}])", true},
        {"a page that has all rows, and others", "/rest/v1/devices?limit=3", R"([{"a":1},{"a":2}])",
         R"([{"a":2},{"a":3}])", false},
        {"the last page", "/rest/v1/devices?limit=3&offset=1", R"([{"a":1},{"a":2}])",
         R"([{"a":2},{"a":3}])", true},
        {"history by id", "/rest/v1/device_events?select=a,id&order=id.desc",
         in_rows(later_id, 2, first_id, 1), in_rows(later_id, 1, first_id, 2), false},
        {"history by id, of one time", "/rest/v1/device_events?order=id",
         in_rows(first_id, 1, other_id, 2), in_rows(first_id, 2, other_id, 1), true},
        {"history by id that does not show it", "/rest/v1/device_events?select=a&order=id",
         R"([{"a":1},{"a":2}])", R"([{"a":2},{"a":1}])", true},
        {"a page by id", "/rest/v1/devices?limit=1&order=id", R"([{"a":1}])", R"([{"a":2}])",
         false},
        {"an embed's page", "/rest/v1/devices?order=id&profiles.limit=1", R"([{"a":1}])",
         R"([{"a":2}])", true},
        {"ids that databases made", anywhere, quoted(first_id), quoted(other_id), true},
        {"at another time", anywhere, quoted(first_id), quoted(later_id), false},
        {"an id of the server's", anywhere, quoted(servers_id), quoted(first_id), false},
        {"two for one", anywhere, in_list(first_id, other_id), in_list(first_id, first_id), false},
        {"one for two", anywhere, in_list(first_id, first_id), in_list(first_id, other_id), false},
        {"another signature", anywhere, quoted(token(R"({"sub":"a","b":1})", "one")),
         quoted(token(R"({"b":1,"sub":"a"})", "other")), true},
        {"another claim", anywhere, quoted(token(R"({"sub":"a"})", "one")),
         quoted(token(R"({"sub":"b"})", "one")), false},
        {"no JSON", anywhere, "{", "[", false},
    };
    return bodies;
}

Step get(const char* target) {
    Step step;
    step.method = "GET";
    step.target = target;
    return step;
}

Answer answer_of(std::string body) {
    return {.status = 200, .content_type = "application/json", .body = std::move(body)};
}

TEST(Comparison, OfBodies) {
    for (const Bodies& c : all_bodies()) {
        SCOPED_TRACE(c.name);
        Names names;
        const Step step = get(c.target);
        const auto faults =
            Comparison(names).answers(step, answer_of(c.first), answer_of(c.second));
        EXPECT_EQ(faults.empty(), c.same) << (faults.empty() ? "" : faults.front());
        if (c.same || faults.empty()) continue;
        EXPECT_TRUE(faults.front().starts_with("body: ")) << faults.front();
    }
}

/// A page of history as /roster/v1 answers it.
std::string page(const std::string& rows, const std::string& cursor) {
    return R"({"events":)" + rows + R"(,"next_cursor":)" + cursor + "}";
}

std::string one_row(const std::string& id, int value) {
    return R"([{"id":")" + id + R"(","a":)" + std::to_string(value) + "}]";
}

TEST(Comparison, OfPagesOfHistory) {
    // Two rows of one time, whose ids are the other way round in the second database.
    constexpr const char* whole = "/roster/v1/events?limit=200";
    constexpr const char* newest = "/roster/v1/events?limit=1";
    constexpr const char* rest = "/roster/v1/events?limit=200&cursor=x";
    const std::string later = quoted(later_id);
    const Bodies cases[] = {
        {"the newest row", newest, page(one_row(first_id, 1), quoted(first_id)),
         page(one_row(other_id, 1), quoted(other_id)), true},
        {"the newest row, otherwise", newest, page(one_row(first_id, 1), quoted(first_id)),
         page(one_row(other_id, 2), quoted(other_id)), false},
        {"the newest row, alone in its time", newest, page(one_row(later_id, 1), later),
         page(one_row(later_id, 2), later), false},
        {"cut through a time", newest, page(one_row(first_id, 1), quoted(first_id)),
         page(one_row(first_id, 2), quoted(first_id)), true},
        {"cut through a time, and another cursor", newest,
         page(one_row(first_id, 1), quoted(first_id)), page(one_row(first_id, 2), quoted(other_id)),
         false},
        {"no page goes on", whole, page(one_row(first_id, 1), "null"),
         page(one_row(first_id, 2), "null"), false},
        {"behind a cursor", rest, page(one_row(first_id, 1), "null"),
         page(one_row(first_id, 2), "null"), true},
        {"behind a cursor, otherwise", rest, page(one_row(first_id, 1), "null"),
         page(one_row(other_id, 2), "null"), false},
        {"the last row before an end", rest, page(in_rows(later_id, 3, first_id, 1), "null"),
         page(in_rows(later_id, 3, first_id, 2), "null"), false},
        {"the first row of a cut page", newest, page(in_rows(first_id, 1, later_id, 3), later),
         page(in_rows(first_id, 2, later_id, 3), later), false},
    };
    for (const Bodies& c : cases) {
        SCOPED_TRACE(c.name);
        Names names;
        ASSERT_TRUE(names.match(first_id, other_id) && names.match(other_id, first_id));
        const auto faults =
            Comparison(names).answers(get(c.target), answer_of(c.first), answer_of(c.second));
        EXPECT_EQ(faults.empty(), c.same) << (faults.empty() ? "" : faults.front());
    }
}

TEST(Comparison, KnowsNoRowsThatNobodyMatched) {
    Names names;
    const std::string cursor = quoted(first_id);
    const Answer first = answer_of(page(one_row(first_id, 1), cursor));
    const Answer second = answer_of(page(one_row(first_id, 2), cursor));
    const Step step = get("/roster/v1/events?limit=1");
    EXPECT_FALSE(Comparison(names).answers(step, first, second).empty());
}

TEST(Comparison, OfPagesOfText) {
    constexpr const char* cut = "/rest/v1/devices?limit=1";
    constexpr const char* wide = "/rest/v1/devices?limit=3";
    const Bodies cases[] = {
        {"any row", cut, "a,b\n1,2", "a,b\n1,3", true},
        {"another header", cut, "a,b\n1,2", "a,c\n1,2", false},
        {"a row more", cut, "a,b\n1,2", "a,b\n1,2\n1,3", false},
        {"a line end in a cell", cut, "a\n\"1\n2\"", "a\n2", true},
        {"rows in a cell", "/rest/v1/devices?order=id", R"("[{""a"":1},{""a"":2}]")",
         R"("[{""a"":2},{""a"":1}]")", true},
        {"words in a cell", "/rest/v1/devices?order=id", R"("[""a"",""b""]")", R"("[""b"",""a""]")",
         false},
        {"all rows", wide, "a\n1\n2", "a\n2\n1", true},
        {"all rows, and others", wide, "a\n1\n2", "a\n2\n3", false},
        {"as many as asked for", wide, "a\n1\n2\n3", "a\n2\n3\n4", true},
    };
    for (const Bodies& c : cases) {
        SCOPED_TRACE(c.name);
        Names names;
        Answer first = answer_of(c.first);
        Answer second = answer_of(c.second);
        first.content_type = second.content_type = "text/csv; charset=utf-8";
        EXPECT_EQ(Comparison(names).answers(get(c.target), first, second).empty(), c.same);
    }
}

TEST(Comparison, OfEverythingElse) {
    const struct {
        const char* name;
        void (*change)(Answer& answer);
        const char* fault;
    } cases[] = {
        {"status", [](Answer& answer) { answer.status = 404; }, "status: "},
        {"content type", [](Answer& answer) { answer.content_type = "text/csv"; }, "header: "},
        {"a header's value", [](Answer& answer) { answer.headers[0].value = "0-1/*"; }, "header: "},
        {"a header less", [](Answer& answer) { answer.headers.clear(); }, "header: "},
        {"a header more", [](Answer& answer) { answer.headers.push_back({"X", "y"}); }, "header: "},
        {"a broken server", [](Answer& answer) { answer.thrown = "no table"; }, "broken: "},
        {"no letter", [](Answer& answer) { answer.letters.clear(); }, "letters: "},
        {"another letter", [](Answer& answer) { answer.letters[0].text = "b"; }, "letters: "},
        {"to somebody else", [](Answer& answer) { answer.letters[0].to = "b@x.test"; },
         "letters: "},
    };
    Answer first = answer_of("{}");
    first.headers = {{"Content-Range", "0-0/*"}};
    first.letters = {{"a@x.test", "a"}};
    const Step step = get("/roster/v1/devices");
    Names names;
    EXPECT_TRUE(Comparison(names).answers(step, first, first).empty());
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        Answer second = first;
        c.change(second);
        const auto faults = Comparison(names).answers(step, first, second);
        ASSERT_FALSE(faults.empty());
        EXPECT_TRUE(faults.front().starts_with(c.fault)) << faults.front();
    }
}

Answer refusal(unsigned status, const std::string& code, const std::string& message) {
    Answer answer = answer_of(R"({"code":")" + code +
                              R"(","details":null,"hint":null,"message":")" + message + R"("})");
    answer.status = status;
    answer.headers = {{"Proxy-Status", "PostgREST; error=" + code}};
    return answer;
}

struct TwoAnswers {
    const char* name;
    const char* method;
    const char* target;
    Answer first;
    Answer second;
    bool same;
};

void expect_pair(const TwoAnswers& c) {
    SCOPED_TRACE(c.name);
    Names names;
    Step step = get(c.target);
    step.method = c.method;
    EXPECT_EQ(Comparison(names).answers(step, c.first, c.second).empty(), c.same);
}

TEST(Comparison, OfReasonsForOneRefusal) {
    constexpr const char* rows = "/rest/v1/devices";
    const Answer policy = refusal(403, "42501", "a policy");
    const Answer guard = refusal(403, "42501", "a guard");
    const Answer nobody = refusal(401, "42501", "a guard");
    const Answer missing = refusal(400, "23502", "a null");
    const Answer taken = refusal(409, "23505", "a key");
    Answer talkative = missing;
    talkative.headers.push_back({"X", "y"});
    Answer writing = missing;
    writing.letters = {{"a@x.test", "a"}};
    Answer contradictory = missing;
    contradictory.status = 409;
    Answer wordy = missing;
    wordy.body = R"({"code":"23502","details":"a row","hint":null,"message":"a null"})";
    const TwoAnswers pairs[] = {
        {"one reason", "POST", rows, missing, missing, true},
        {"two codes", "POST", rows, missing, policy, true},
        {"two codes, two statuses", "PATCH", rows, taken, policy, true},
        {"two texts of one code", "PUT", rows, guard, policy, true},
        {"two statuses of one code", "DELETE", rows, nobody, policy, false},
        {"other details", "POST", rows, missing, wordy, false},
        {"a read", "GET", rows, missing, policy, false},
        {"elsewhere", "POST", "/auth/v1/token", missing, policy, false},
        {"one is done", "POST", rows, missing, answer_of("[]"), false},
        {"another kind of code", "POST", rows, missing, refusal(400, "22P02", "no number"), false},
        {"a status that is not the code's", "POST", rows, contradictory, policy, false},
        {"a header more", "POST", rows, talkative, policy, false},
        {"a letter more", "POST", rows, writing, policy, false},
    };
    for (const TwoAnswers& c : pairs) expect_pair(c);
}

TEST(Comparison, OfWhatIsTooDeep) {
    const std::string deep = "/rest/v1/devices?select=id" + [] {
        std::string levels;
        for (int i = 0; i < 9; ++i) levels += ",devices(id";
        return levels + std::string(9, ')');
    }();
    constexpr const char* flat = "/rest/v1/devices?select=id,profiles(id)";
    const Answer too_deep = refusal(400, "PGRST100", "the query is nested too deeply");
    const Answer wrong = refusal(400, "PGRST100", "failed to parse");
    Answer bodiless = wrong;
    bodiless.body.clear();
    const Answer rows = answer_of("[]");
    const Answer late = refusal(500, "57014", "canceling statement due to statement timeout");
    const Answer broken = refusal(503, "53300", "too many clients");
    const TwoAnswers pairs[] = {
        {"said so", "GET", deep.c_str(), too_deep, rows, true},
        {"grammar", "GET", deep.c_str(), wrong, rows, false},
        {"the other way round", "GET", deep.c_str(), rows, too_deep, false},
        {"in other words", "GET", deep.c_str(), too_deep, wrong, false},
        {"a broken server", "GET", deep.c_str(), too_deep, broken, false},
        {"no time is left", "GET", deep.c_str(), too_deep, late, true},
        {"a HEAD", "HEAD", deep.c_str(), bodiless, rows, true},
        {"a HEAD that is not deep", "HEAD", flat, bodiless, rows, false},
    };
    for (const TwoAnswers& c : pairs) expect_pair(c);
}

TEST(Comparison, CountsWhatItExcuses) {
    Names names;
    Comparison comparison(names);
    Step step = get("/rest/v1/devices");
    step.method = "POST";
    const Answer missing = refusal(400, "23502", "a null");
    comparison.answers(step, missing, missing);
    EXPECT_TRUE(comparison.uses().empty());
    comparison.answers(step, missing, refusal(403, "42501", "a policy"));
    ASSERT_EQ(comparison.uses().size(), 1U);
    EXPECT_EQ(comparison.uses().begin()->second, 1U);
    EXPECT_EQ(comparison.uses().begin()->first, known_reasons().front());
}

TEST(Comparison, OfTables) {
    const Tables first = {{"users",
                           {{{"id", first_id}, {"encrypted_password", "salted"}},
                            {{"id", servers_id}, {"encrypted_password", nullptr}}}}};
    Tables second = {{"users",
                      {{{"id", servers_id}, {"encrypted_password", nullptr}},
                       {{"id", other_id}, {"encrypted_password", "otherwise"}}}}};
    Names names;
    EXPECT_TRUE(Comparison(names).tables(first, second).empty());
    EXPECT_EQ(names.in_second(std::string("eq.") + first_id), std::string("eq.") + other_id);
    second["users"][1]["encrypted_password"] = nullptr;
    EXPECT_FALSE(Comparison(names).tables(first, second).empty());
    second["users"].pop_back();
    EXPECT_FALSE(Comparison(names).tables(first, second).empty());
    EXPECT_FALSE(Comparison(names).tables(first, {}).empty());
}

}  // namespace
}  // namespace muster::twins
