// One past each limit of the fields, and every wrong type.
// SPDX-License-Identifier: Apache-2.0
#include "api/fields.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace muster::api {
namespace {

namespace json = boost::json;
using core::Code;

struct Expected {
    std::optional<std::string> text = {};
    std::optional<Code> refusal = {};
};
const Expected absent{};
Expected text(std::string value) {
    return {std::move(value), {}};
}
Expected refused(Code code) {
    return {{}, code};
}

void expect(const OptionalText& found, const Expected& expected) {
    if (expected.refusal) {
        ASSERT_FALSE(found.has_value());
        EXPECT_EQ(found.error().code, *expected.refusal);
        EXPECT_EQ(found.error().field, "field");
        return;
    }
    ASSERT_TRUE(found.has_value()) << core::word_of(found.error().code);
    EXPECT_EQ(*found, expected.text);
}

json::object with(std::string_view value) {
    return {{"field", value}};
}

std::string repeat(std::string_view part, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += part;
    return text;
}

TEST(Fields, Text) {
    const TextLimits limits{2, 4};
    const struct {
        const char* name;
        json::object object;
        Expected expected;
    } cases[] = {
        {"absent", {{"other", "x"}}, absent},
        {"null", {{"field", nullptr}}, absent},
        {"shortest", with("ab"), text("ab")},
        {"one below it", with("a"), refused(Code::invalid_length)},
        {"empty", with(""), refused(Code::invalid_length)},
        {"longest", with("abcd"), text("abcd")},
        {"one past it", with("abcde"), refused(Code::invalid_length)},
        {"code points, not bytes", with("\U0001F4BB\U0001F4BB\U0001F4BB\U0001F4BB"),
         text("\U0001F4BB\U0001F4BB\U0001F4BB\U0001F4BB")},
        {"one code point past it", with("éèêëē"), refused(Code::invalid_length)},
        {"a number", {{"field", 12}}, refused(Code::invalid_type)},
        {"a boolean", {{"field", true}}, refused(Code::invalid_type)},
        {"an array", {{"field", json::array{"ab"}}}, refused(Code::invalid_type)},
        {"an object", {{"field", json::object{}}}, refused(Code::invalid_type)},
        {"a tab", with("a\tb"), refused(Code::invalid_characters)},
        {"a zero byte", with(std::string_view("a\0b", 3)), refused(Code::invalid_characters)},
        {"DEL", with("a\x7f"), refused(Code::invalid_characters)},
        {"C1", with("a\u0085"), refused(Code::invalid_characters)},
        {"bad UTF-8", with("a\xff"), refused(Code::invalid_utf8)},
        {"half a surrogate pair", with("a\xed\xa0\x80"), refused(Code::invalid_utf8)},
        {"blanks stay", with(" a "), text(" a ")},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(read_text(c.object, "field", limits), c.expected);
    }
    EXPECT_EQ(read_text(with("a"), "field", limits).error().allowed, "2-4");
}

TEST(Fields, Fingerprint) {
    const struct {
        const char* name;
        json::object object;
        Expected expected;
    } cases[] = {
        {"absent", {}, absent},
        {"all of them", with("AZaz09-"), text("AZaz09-")},
        {"longest", with(repeat("f", 100)), text(repeat("f", 100))},
        {"one past it", with(repeat("f", 101)), refused(Code::invalid_length)},
        {"empty", with(""), refused(Code::invalid_length)},
        {"a dot", with("a.b"), refused(Code::invalid_characters)},
        {"an underscore", with("a_b"), refused(Code::invalid_characters)},
        {"a blank", with("a b"), refused(Code::invalid_characters)},
        {"a letter of another alphabet", with("é"), refused(Code::invalid_characters)},
        {"a number", {{"field", 1}}, refused(Code::invalid_type)},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(read_fingerprint(c.object, "field"), c.expected);
    }
}

TEST(Fields, Uuid) {
    const std::string id = "0193a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b";
    const struct {
        const char* name;
        json::object object;
        Expected expected;
    } cases[] = {
        {"absent", {}, absent},
        {"as it should be", with(id), text(id)},
        {"in capitals", with("0193A5B0-1C2D-7E3F-8A4B-5C6D7E8F9A0B"), text(id)},
        {"one short", with(id.substr(1)), refused(Code::invalid_type)},
        {"one long", with(id + "0"), refused(Code::invalid_type)},
        {"without dashes", with("0193a5b01c2d7e3f8a4b5c6d7e8f9a0b"), refused(Code::invalid_type)},
        {"another letter", with("g" + id.substr(1)), refused(Code::invalid_type)},
        {"in braces", with("{" + id + "}"), refused(Code::invalid_type)},
        {"empty", with(""), refused(Code::invalid_length)},
        {"a number", {{"field", 1}}, refused(Code::invalid_type)},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(read_uuid(c.object, "field"), c.expected);
    }
}

TEST(Fields, Word) {
    const struct {
        const char* name;
        json::object object;
        Expected expected;
    } cases[] = {
        {"absent", {}, absent},
        {"the first", with("low"), text("low")},
        {"the last", with("high"), text("high")},
        {"capitals", with("Low"), refused(Code::invalid_value)},
        {"a part", with("hig"), refused(Code::invalid_value)},
        {"two of them", with("low, medium"), refused(Code::invalid_value)},
        {"the comma", with(", "), refused(Code::invalid_value)},
        {"empty", with(""), refused(Code::invalid_value)},
        {"blank around it", with(" low"), refused(Code::invalid_value)},
        {"long", with(repeat("x", 101)), refused(Code::invalid_length)},
        {"a number", {{"field", 1}}, refused(Code::invalid_type)},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(read_word(c.object, "field", "low, medium, high"), c.expected);
    }
    EXPECT_EQ(read_word(with("x"), "field", "low, high").error().allowed, "low, high");
}

TEST(Fields, Email) {
    const struct {
        const char* name;
        json::object object;
        Expected expected;
    } cases[] = {
        {"absent", {}, absent},
        {"plain", with("ana@example.org"), text("ana@example.org")},
        {"in capitals", with("Ana@Example.ORG"), text("ana@example.org")},
        {"shortest", with("a@b"), text("a@b")},
        {"one below it", with("a@"), refused(Code::invalid_length)},
        {"longest", with(repeat("a", 252) + "@b"), text(repeat("a", 252) + "@b")},
        {"one past it", with(repeat("a", 253) + "@b"), refused(Code::invalid_length)},
        {"no @", with("ana.example"), refused(Code::invalid_type)},
        {"nothing before it", with("@example"), refused(Code::invalid_type)},
        {"nothing after it", with("ana@"), refused(Code::invalid_type)},
        {"two of them", with("a@b@c"), refused(Code::invalid_type)},
        {"a blank", with("a b@c"), refused(Code::invalid_type)},
        {"a line break", with("a@b\nc"), refused(Code::invalid_characters)},
        {"a number", {{"field", 1}}, refused(Code::invalid_type)},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        expect(read_email(c.object, "field"), c.expected);
    }
}

TEST(Fields, Required) {
    const auto missing = require(OptionalText(std::nullopt), "field");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::missing_field);
    EXPECT_EQ(missing.error().field, "field");
    EXPECT_EQ(require(OptionalText("x"), "field").value(), "x");
    const auto bad = require(core::fail(Code::invalid_type, "inner", "y"), "field");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, Code::invalid_type);
    EXPECT_EQ(bad.error().field, "inner");
}

TEST(Fields, Seconds) {
    const SecondsLimits limits{std::chrono::seconds(10), std::chrono::seconds(20)};
    const struct {
        const char* name;
        json::object object;
        std::optional<int> seconds;
        Code refusal;
    } cases[] = {
        {"least", {{"field", 10}}, 10, {}},
        {"most", {{"field", 20}}, 20, {}},
        {"one below", {{"field", 9}}, {}, Code::invalid_value},
        {"one past it", {{"field", 21}}, {}, Code::invalid_value},
        {"absent", {}, {}, Code::missing_field},
        {"null", {{"field", nullptr}}, {}, Code::missing_field},
        {"text", {{"field", "15"}}, {}, Code::invalid_type},
        {"a fraction", {{"field", 15.5}}, {}, Code::invalid_type},
        {"a boolean", {{"field", true}}, {}, Code::invalid_type},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto found = read_seconds(c.object, "field", limits);
        ASSERT_EQ(found.has_value(), c.seconds.has_value());
        if (found) {
            EXPECT_EQ(found->count(), *c.seconds);
        } else {
            EXPECT_EQ(found.error().code, c.refusal);
        }
    }
}

}  // namespace
}  // namespace muster::api
