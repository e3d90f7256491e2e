// Alignment by display width, ages, and that text from a server cannot steer the terminal.
// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "cli/age.hpp"

namespace muster::cli {
namespace {

TEST(Table, DisplayWidth) {
    struct Case {
        const char* name;
        const char* text;
        std::size_t width;
    };
    const Case cases[] = {
        {"empty", "", 0},
        {"ASCII", "abc", 3},
        {"accents", "ma\u00f1ana", 6},
        {"combining accent", "e\u0301", 1},
        {"Chinese", "\u96fb\u8166", 4},
        {"Korean", "\ud55c", 2},
        {"emoji", "\U0001F4BB", 2},
        {"zero-width joiner", "a\u200db", 2},
        {"full-width letter", "\uff21", 2},
        {"one before the wide Hangul", "\u10ff", 1},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(display_width(c.text), c.width);
    }
}

TEST(Table, Aligned) {
    Table table({"NAME", "LEVEL", "X"});
    table.add({{"\u96fb\u8166"}, {"high", Color::good}, {"1"}});
    table.add({{"e\u0301clair"}, {"low", Color::bad}, {"22"}});
    std::ostringstream plain;
    table.print(plain, false);
    EXPECT_EQ(plain.str(),
              "NAME    LEVEL  X\n"
              "\u96fb\u8166    high   1\n"
              "e\u0301clair  low    22\n");
    std::ostringstream colored;
    table.print(colored, true);
    EXPECT_NE(colored.str().find("\x1b[32mhigh\x1b[0m   1"), std::string::npos) << colored.str();
}

TEST(Table, ControlCharactersAreNotObeyed) {
    struct Case {
        const char* name;
        const char* text;
        const char* shown;
    };
    const Case cases[] = {
        {"escape", "a\x1b[2Jb", "a?[2Jb"},
        {"line end", "a\nb", "a?b"},
        {"DEL", "a\x7f", "a?"},
        {"C1 control sequence introducer", "a\u009b31mb", "a?31mb"},
        {"last C1", "\u009f", "?"},
        {"one after C1", "\u00a0", "\u00a0"},
        {"bad UTF-8", "a\xff\xc2", "a??"},
        {"text", "ma\u00f1ana \u96fb", "ma\u00f1ana \u96fb"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(printable(c.text), c.shown);
    }
}

TEST(Age, AsPeopleSayIt) {
    using std::chrono::seconds;
    const auto now = *core::parse_timestamp("2026-11-23T10:00:00Z");
    struct Case {
        long long ago;
        const char* text;
    };
    const Case cases[] = {
        {0, "just now"},          {4, "just now"},   {-4, "just now"},     {5, "5s ago"},
        {59, "59s ago"},          {60, "1m ago"},    {3599, "59m ago"},    {3600, "1h ago"},
        {86399, "23h ago"},       {86400, "1d ago"}, {5183999, "59d ago"}, {5184000, "2026-09-24"},
        {-86399, "in 1d"},        {-82801, "in 1d"}, {-82800, "in 23h"},   {-86400, "in 1d"},
        {-5184000, "2027-01-22"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.ago);
        EXPECT_EQ(age_of(now - seconds(c.ago), now), c.text);
    }
    EXPECT_EQ(age_of("2026-11-23T09:57:00+00:00", now), "3m ago");
    EXPECT_EQ(age_of("yesterday", now), "yesterday");
    EXPECT_EQ(age_of("", now), "");
}

}  // namespace
}  // namespace muster::cli
