// A comparison that lets too much pass would find nothing.
// SPDX-License-Identifier: Apache-2.0
#include "twins/comparison.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

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
