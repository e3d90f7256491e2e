// Tests of base/log.
// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include <limits>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace muster::base {
namespace {

using namespace std::string_view_literals;

class Log : public testing::Test {
protected:
    void TearDown() override { set_log_level(LogLevel::info); }

    static std::string written(LogLevel level, std::string_view event,
                               std::initializer_list<LogField> fields = {}) {
        testing::internal::CaptureStderr();
        log(level, event, fields);
        return testing::internal::GetCapturedStderr();
    }

    /// The line from "level" on: what comes before is the time.
    static std::string after_time(const std::string& line) {
        static const std::regex time(
            R"(^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",([^\n]*)\n$)");
        std::smatch match;
        return std::regex_match(line, match, time) ? match[1].str() : "unexpected: " + line;
    }
};

}  // namespace

TEST_F(Log, WritesOneObjectALine) {
    EXPECT_EQ(after_time(written(LogLevel::info, "server_started")),
              R"("level":"info","event":"server_started"})");
    EXPECT_EQ(after_time(written(LogLevel::warning, "slow",
                                 {{"route", "/healthz"sv},
                                  {"count", std::int64_t{-7}},
                                  {"seconds", 0.25},
                                  {"retry", true},
                                  {"last", false}})),
              R"("level":"warning","event":"slow","route":"/healthz","count":-7,)"
              R"("seconds":0.25,"retry":true,"last":false})");
}

TEST_F(Log, EscapesValues) {
    struct Case {
        const char* name;
        std::string_view value;
        const char* expect;
    };
    const Case cases[] = {
        {"empty", "", R"("")"},
        {"quote and backslash", R"(a"b\c)", R"("a\"b\\c")"},
        {"a forged line", "x\n{\"level\":\"error\"}", R"("x\u000a{\"level\":\"error\"}")"},
        {"NUL", "a\0b"sv, R"("a\u0000b")"},
        {"terminal escape", "\x1b[2J", R"("\u001b[2J")"},
        {"DEL", "\x7f", R"("\u007f")"},
        {"C1", "\xc2\x9b", R"("\u009b")"},
        {"UTF-8 stays", "ni\xc3\xb1o \xf0\x9f\x98\x80", "\"ni\xc3\xb1o \xf0\x9f\x98\x80\""},
        {"bad UTF-8", "a\xff\xc3", R"("a\ufffd\ufffd")"},
        {"braces and percent are text", "{} %v", R"("{} %v")"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(after_time(written(LogLevel::error, "event", {{"field", c.value}})),
                  std::string(R"("level":"error","event":"event","field":)") + c.expect + "}");
    }
}

TEST_F(Log, NumbersThatJsonLacksAreNull) {
    for (const double number :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
          std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_EQ(after_time(written(LogLevel::info, "event", {{"number", number}})),
                  R"("level":"info","event":"event","number":null})");
    }
}

TEST_F(Log, TheLevelDecidesWhatIsWritten) {
    const LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error,
                               LogLevel::off};
    for (const LogLevel set : levels) {
        set_log_level(set);
        for (const LogLevel used : levels) {
            const bool expect = used != LogLevel::off && used >= set;
            EXPECT_EQ(is_logged(used), expect);
            EXPECT_EQ(!written(used, "event").empty(), expect);
        }
    }
}

TEST_F(Log, ReadsLevels) {
    EXPECT_EQ(parse_log_level("debug"), LogLevel::debug);
    EXPECT_EQ(parse_log_level("info"), LogLevel::info);
    EXPECT_EQ(parse_log_level("warning"), LogLevel::warning);
    EXPECT_EQ(parse_log_level("error"), LogLevel::error);
    EXPECT_EQ(parse_log_level("off"), LogLevel::off);
    EXPECT_FALSE(parse_log_level("INFO"));
    EXPECT_FALSE(parse_log_level(""));
    EXPECT_FALSE(parse_log_level("inf"));
}

TEST_F(Log, LinesOfThreadsDoNotMix) {
    testing::internal::CaptureStderr();
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([] {
                for (int k = 0; k < 50; ++k) log(LogLevel::info, "tick", {{"text", "abcdef"sv}});
            });
        }
    }
    const std::string text = testing::internal::GetCapturedStderr();
    std::size_t lines = 0;
    for (std::size_t start = 0; start < text.size(); ++lines) {
        const std::size_t end = text.find('\n', start);
        ASSERT_NE(end, std::string::npos);
        ASSERT_EQ(after_time(text.substr(start, end + 1 - start)),
                  R"("level":"info","event":"tick","text":"abcdef"})");
        start = end + 1;
    }
    EXPECT_EQ(lines, 200U);
}

}  // namespace muster::base
