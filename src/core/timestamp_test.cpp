// SPDX-License-Identifier: Apache-2.0
#include "core/timestamp.hpp"

#include <gtest/gtest.h>

namespace muster::core {
namespace {

TEST(Timestamp, ParsesRfc3339) {
    struct Case {
        const char* name;
        const char* text;
        const char* stored;  // empty: refused
    };
    const Case cases[] = {
        {"zulu", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000+00:00"},
        {"fraction", "2026-11-23T10:00:00.12Z", "2026-11-23T10:00:00.120000+00:00"},
        {"beyond microseconds", "2026-11-23T10:00:00.1234567Z", "2026-11-23T10:00:00.123456+00:00"},
        {"offset ahead", "2026-11-23T12:30:00+02:30", "2026-11-23T10:00:00.000000+00:00"},
        {"offset behind", "2026-11-23T05:00:00-05", "2026-11-23T10:00:00.000000+00:00"},
        {"a space for the T", "2026-11-23 10:00:00+00", "2026-11-23T10:00:00.000000+00:00"},
        {"leap day", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000+00:00"},
        {"before 1970", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000+00:00"},
        {"no leap day", "2026-02-29T00:00:00Z", ""},
        {"month 13", "2026-13-01T00:00:00Z", ""},
        {"hour 24", "2026-11-23T24:00:00Z", ""},
        {"no offset", "2026-11-23T10:00:00", ""},
        {"date only", "2026-11-23", ""},
        {"bare point", "2026-11-23T10:00:00.Z", ""},
        {"text after it", "2026-11-23T10:00:00Z!", ""},
        {"nothing", "", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto parsed = parse_timestamp(c.text);
        EXPECT_EQ(parsed ? to_text(*parsed) : "", c.stored);
    }
}

TEST(Timestamp, JsonTrimsZeros) {
    struct Case {
        const char* stored;
        const char* json;
    };
    const Case cases[] = {
        {"2026-11-23T10:00:00.000000+00:00", "2026-11-23T10:00:00+00:00"},
        {"2026-11-23T10:00:00.120000+00:00", "2026-11-23T10:00:00.12+00:00"},
        {"2026-11-23T10:00:00.000001+00:00", "2026-11-23T10:00:00.000001+00:00"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.stored);
        EXPECT_EQ(to_json_text(parse_timestamp(c.stored).value()), c.json);
    }
}

TEST(Timestamp, TextOrderIsTimeOrder) {
    const Timestamp first = parse_timestamp("2026-11-23T09:59:59.999999Z").value();
    const Timestamp second = first + std::chrono::microseconds(1);
    EXPECT_LT(to_text(first), to_text(second));
    EXPECT_EQ(from_unix_seconds(to_unix_seconds(second)), second);
}

}  // namespace
}  // namespace muster::core
