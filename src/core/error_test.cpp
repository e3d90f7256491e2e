// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace muster::core {
namespace {

TEST(Errors, EveryCodeHasItsRow) {
    for (int code = 0; code <= static_cast<int>(Code::internal); ++code) {
        const auto rows = code_table();
        EXPECT_EQ(std::ranges::count(rows, static_cast<Code>(code), &CodeRow::code), 1) << code;
    }
}

TEST(Errors, TextsAreComplete) {
    for (const CodeRow& row : code_table()) {
        SCOPED_TRACE(std::string(row.word));
        EXPECT_FALSE(row.english.empty());
        EXPECT_FALSE(row.spanish.empty());
        EXPECT_TRUE(std::ranges::all_of(row.word, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        }));
        for (const char* const mark : {"{field}", "{allowed}"}) {
            EXPECT_EQ(row.english.contains(mark), row.spanish.contains(mark));
        }
    }
}

TEST(Errors, MessagesNameTheFieldAndNeverTheDetail) {
    Error error{Code::invalid_length, "device_name", "1-100"};
    error.detail = "for the log";
    EXPECT_EQ(message_of(error, Language::english), "device_name must have 1-100 characters.");
    EXPECT_EQ(message_of(error, Language::spanish), "device_name debe tener 1-100 caracteres.");
    for (const CodeRow& row : code_table()) {
        Error any{row.code, "name", "x"};
        any.detail = "secret detail";
        EXPECT_FALSE(message_of(any, Language::english).contains("secret"));
    }
}

}  // namespace
}  // namespace muster::core
