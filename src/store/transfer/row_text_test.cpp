// What makes two rows equal, and what does not.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/row_text.hpp"

#include <gtest/gtest.h>

#include "store/transfer/canonical_json.hpp"

namespace muster::store::transfer {
namespace {

TEST(TransferText, JsonIsEqualAsJsonbIs) {
    struct Case {
        const char* name;
        std::string text;
        std::optional<std::string> canonical;
    };
    const Case cases[] = {
        {"spaces", " { \"a\" : [ 1 , 2 ] } ", R"({"a":[1,2]})"},
        {"members in any order", R"({"b":1,"a":2,"aa":3})", R"({"a":2,"aa":3,"b":1})"},
        {"of one name the last", R"({"a":1,"b":0,"a":2})", R"({"a":2,"b":0})"},
        {"order of an array counts", "[2,1]", "[2,1]"},
        {"escapes", R"("é\/\t\"\\\u001f")", R"("é/\u0009\"\\\u001f")"},
        {"a surrogate pair", R"("🦊")", R"("🦊")"},
        {"numbers", "[1.50,1e3,-0,0.1e-2,100]", "[15e-1,1e3,0,1e-3,1e2]"},
        {"more digits than a double has", "[12345678901234567890123,0.1000000000000000055]",
         "[12345678901234567890123,1000000000000000055e-19]"},
        {"larger than a double", "1e400", "1e400"},
        {"the same as PostgreSQL writes it", "1" + std::string(400, '0'), "1e400"},
        {"words", "[true,false,null]", "[true,false,null]"},
        {"empty ones", R"([{},[],""])", R"([{},[],""])"},
        {"an empty name", R"({"":{"":1}})", R"({"":{"":1}})"},
        {"no JSON", "{a:1}", std::nullopt},
        {"more than JSON", "1 2", std::nullopt},
        {"nothing", "", std::nullopt},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(canonical_json(c.text), c.canonical);
    }
    std::string deep(2'000, '[');
    deep.append(2'000, ']');
    EXPECT_EQ(canonical_json(deep), deep);
}

TEST(TransferText, NumbersAreEqualByValue) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"0", "0"},       {"-0.00", "0"},           {"0012", "12"},
        {"1200", "12e2"}, {"1.2E+3", "12e2"},       {"-0.50", "-5e-1"},
        {"7", "7"},       {".5", "5e-1"},           {"NaN", "NaN"},
        {"", ""},         {"Infinity", "Infinity"},
    };
    for (const auto& [text, canonical] : cases) {
        EXPECT_EQ(canonical_number(text), canonical) << text;
    }
}

TEST(TransferText, BothDatabasesWordsAreOne) {
    struct Case {
        std::string_view type;
        Cell sqlite;
        std::string_view postgres;
        std::string_view canonical;
    };
    const std::string uuid = "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
    const Case cases[] = {
        {"text", "a\tb\\N", "a\tb\\N", "a\tb\\N"},
        {"character varying", "", "", ""},
        {"uuid", uuid, uuid, uuid},
        {"uuid", "0190AAAA-BBBB-7CCC-8DDD-EEEEEEEEEEEE", uuid, uuid},
        {"boolean", std::int64_t{1}, "t", "t"},
        {"boolean", std::int64_t{0}, "f", "f"},
        {"bigint", std::int64_t{-7}, "-7", "-7"},
        {"double precision", 0.1, "0.1", "0.1"},
        {"double precision", 5.0, "5", "5"},
        {"double precision", 1e300, "1e+300", "1e+300"},
        {"numeric", std::int64_t{100}, "100.00", "1e2"},
        {"timestamp with time zone", "2026-01-02T03:04:05.000600+00:00",
         "2026-01-02 03:04:05.0006+00", "2026-01-02T03:04:05.000600+00:00"},
        {"timestamp with time zone", "9999-12-31T23:59:59.999999+00:00",
         "9999-12-31 23:59:59.999999+00", "9999-12-31T23:59:59.999999+00:00"},
        {"jsonb", R"({"b":1e2,"a":[]})", R"({"a": [], "b": 100})", R"({"a":[],"b":1e2})"},
        {"text[]", R"(["a,b","","NULL","q\"\\"])", R"({"a,b","","NULL","q\"\\"})",
         R"({"a,b","","NULL","q\"\\"})"},
        {"bytea", std::string("\x00\xff", 2), "\\x00ff", "\\x00ff"},
        {"date", "2026-02-28", "2026-02-28", "2026-02-28"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(std::string(c.type) + " " + std::string(c.canonical));
        const Kind kind = kind_of(c.type);
        const Field field = field_of(kind, c.sqlite);
        ASSERT_TRUE(field);
        EXPECT_EQ(canonical(kind, *field), c.canonical);
        EXPECT_EQ(canonical(kind, c.postgres), c.canonical);
        EXPECT_FALSE(field_of(kind, Cell())) << "null is null";
    }
    EXPECT_THROW(field_of(Kind::text_array, Cell("{}")), StoreError);
}

TEST(TransferText, LinesKeepWhatTheyHold) {
    const std::vector<Field> fields{"a\tb",         std::nullopt, "",        "\\N",  "\\.",
                                    "x\ny\r\v\b\f", "\\\\n",      "é 漢 🦊", "\x7f", "t"};
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) line += '\t';
        append_field(line, fields[i]);
    }
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(split_line(line), fields);
    EXPECT_EQ(split_line(line + '\n'), fields);
    EXPECT_EQ(split_line("\n"), std::vector<Field>{""}) << "one empty text";
    EXPECT_EQ(split_line("\\N"), std::vector<Field>{std::nullopt});
    const std::vector<Kind> kinds(fields.size(), Kind::text);
    EXPECT_EQ(canonical_line(kinds, fields), line);
}

TEST(TransferText, ChecksumsCountRowsAndNotTheirOrder) {
    std::array<std::byte, 32> one{};
    one[15] = std::byte{1};
    std::array<std::byte, 32> large{};
    large.fill(std::byte{0xff});
    Checksum sum;
    EXPECT_EQ(sum.text(), "00000000000000000000000000000000");
    sum.add(one);
    EXPECT_EQ(sum.text(), "00000000000000000000000000000001");
    sum.add(large);
    EXPECT_EQ(sum.text(), "00000000000000000000000000000000") << "modulo 2^128";
    sum.add(large);
    EXPECT_EQ(sum.text(), "ffffffffffffffffffffffffffffffff");
    std::array<std::byte, 32> middle{};
    middle[8] = std::byte{0x80};
    Checksum carried;
    carried.add(middle);
    carried.add(middle);
    EXPECT_EQ(carried.text(), "00000000000000010000000000000000");
    Checksum there;
    Checksum back;
    for (const auto& digest : {one, large, middle}) there.add(digest);
    for (const auto& digest : {middle, large, one}) back.add(digest);
    EXPECT_EQ(there, back);
    EXPECT_NE((Tally{1, there}), (Tally{2, there}));
}

}  // namespace
}  // namespace muster::store::transfer
