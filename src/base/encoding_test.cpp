// Tests of base/encoding.
// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.hpp"

#include <string>

#include <gtest/gtest.h>

namespace muster::base {
namespace {

std::optional<std::string> text_of(const std::optional<std::vector<std::byte>>& bytes) {
    if (!bytes) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

}  // namespace

TEST(Hex, BothWays) {
    EXPECT_EQ(to_hex(bytes_of({"\x00\x7f\xff", 3})), "007fff");
    EXPECT_EQ(text_of(parse_hex("007fFF")), std::string("\x00\x7f\xff", 3));
    EXPECT_EQ(text_of(parse_hex("")), "");
}

TEST(Hex, Refuses) {
    for (const char* text : {"0", "0g", "g0", " 00", "0x00", "00\n", "-1"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_hex(text));
    }
}

TEST(Base64Url, TheVectorsOfRfc4648) {
    struct Case {
        const char* plain;
        const char* encoded;
    };
    const Case cases[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.encoded);
        EXPECT_EQ(to_base64url(bytes_of(c.plain)), c.encoded);
        EXPECT_EQ(text_of(parse_base64url(c.encoded)), c.plain);
    }
}

TEST(Base64, OfMimeIsPadded) {
    const struct {
        const char* plain;
        const char* encoded;
    } cases[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                 {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xfb\xff", "+/8="}};
    for (const auto& c : cases) EXPECT_EQ(to_base64(bytes_of(c.plain)), c.encoded);
}

TEST(Base64Url, Refuses) {
    struct Case {
        const char* name;
        const char* text;
    };
    const Case cases[] = {
        {"padding", "Zg=="},
        {"a single character", "Z"},
        {"five characters", "Zm9vY"},
        {"stray bits after one byte", "Zh"},
        {"stray bits after two bytes", "Zm9"},
        {"base64's plus", "+_-_"},
        {"base64's slash", "-/-_"},
        {"a space", "Zm 9"},
        {"a line end", "Zm9v\n"},
        {"beyond ASCII", "Zm9\xc3"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_FALSE(parse_base64url(c.text));
    }
}

TEST(Base64Url, EveryByteComesBack) {
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
        EXPECT_EQ(text_of(parse_base64url(to_base64url(bytes_of(all)))), all);
    }
}

TEST(Base32, TheVectorsOfRfc4648) {
    struct Case {
        const char* plain;
        const char* encoded;
    };
    const Case cases[] = {
        {"", ""},
        {"f", "my"},
        {"fo", "mzxq"},
        {"foo", "mzxw6"},
        {"foob", "mzxw6yq"},
        {"fooba", "mzxw6ytb"},
        {"foobar", "mzxw6ytboi"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.encoded);
        EXPECT_EQ(to_base32(bytes_of(c.plain)), c.encoded);
    }
}

TEST(Form, Decodes) {
    struct Case {
        const char* name;
        const char* text;
        std::optional<std::string> expect;
    };
    const Case cases[] = {
        {"empty", "", ""},
        {"plain", "abc", "abc"},
        {"plus and percent", "%41+b", "A b"},
        {"both cases of hex", "%c3%B1", "\xc3\xb1"},
        {"a percent sign", "%25", "%"},
        {"a NUL", "a%00b", std::string("a\0b", 3)},
        {"a lone percent", "%", std::nullopt},
        {"one digit", "%4", std::nullopt},
        {"one digit, then text", "%4g", std::nullopt},
        {"no digit", "%zz", std::nullopt},
        {"a broken end", "abc%4", std::nullopt},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(decode_form(c.text), c.expect);
    }
}

TEST(Form, Encodes) {
    EXPECT_EQ(encode_form("aZ0*-._ &=+%\xc3\xb1\n"), "aZ0*-._+%26%3D%2B%25%C3%B1%0A");
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(decode_form(encode_form(all)), all);
}

TEST(Utf8, Validity) {
    struct Case {
        const char* name;
        std::string_view text;
        bool is_valid;
    };
    using namespace std::string_view_literals;
    const Case cases[] = {
        {"empty", "", true},
        {"ASCII with NUL", "a\0b"sv, true},
        {"two bytes, first", "\xc2\x80", true},
        {"two bytes, last", "\xdf\xbf", true},
        {"three bytes, first", "\xe0\xa0\x80", true},
        {"last before the surrogates", "\xed\x9f\xbf", true},
        {"first after the surrogates", "\xee\x80\x80", true},
        {"four bytes, first", "\xf0\x90\x80\x80", true},
        {"the last code point", "\xf4\x8f\xbf\xbf", true},
        {"past the last code point", "\xf4\x90\x80\x80", false},
        {"first surrogate", "\xed\xa0\x80", false},
        {"last surrogate", "\xed\xbf\xbf", false},
        {"overlong slash", "\xc0\xaf", false},
        {"overlong in two", "\xc1\xbf", false},
        {"overlong in three", "\xe0\x9f\xbf", false},
        {"overlong in four", "\xf0\x8f\xbf\xbf", false},
        {"lone continuation", "\x80", false},
        {"cut after one of two", "\xc3", false},
        {"cut after two of three", "\xe2\x82", false},
        {"cut after three of four", "\xf0\x9f\x98", false},
        {"a letter instead of a continuation", "\xe2\x82z", false},
        {"five bytes", "\xf8\x88\x80\x80\x80", false},
        {"FF", "\xff", false},
        {"good, then bad", "abc\xff", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(is_valid_utf8(c.text), c.is_valid);
    }
}

TEST(Utf8, CountsCodePoints) {
    EXPECT_EQ(code_point_count(""), 0U);
    EXPECT_EQ(code_point_count("abc"), 3U);
    EXPECT_EQ(code_point_count("ni\xc3\xb1o \xe2\x82\xac \xf0\x9f\x98\x80"), 8U);
}

TEST(Utf8, FindsControlCharacters) {
    struct Case {
        const char* name;
        std::string_view text;
        bool has;
    };
    using namespace std::string_view_literals;
    const Case cases[] = {
        {"none", "a b~", false},
        {"empty", "", false},
        {"NUL", "\0"sv, true},
        {"line end", "a\nb", true},
        {"last of C0", "\x1f", true},
        {"DEL", "\x7f", true},
        {"first of C1", "\xc2\x80", true},
        {"last of C1", "a\xc2\x9f", true},
        {"no-break space is none", "\xc2\xa0", false},
        {"continuation bytes in C1's range are none", "\xe2\x82\x80\xf0\x9f\x98\x80", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(has_control_characters(c.text), c.has);
    }
}

}  // namespace muster::base
