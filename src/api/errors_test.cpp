// Refusals as HTTP answers, and whose language they speak.
// SPDX-License-Identifier: Apache-2.0
#include "api/errors.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace muster::api {
namespace {

namespace json = boost::json;
using core::Code;
using core::Language;

net::Request request_with(std::string_view name, std::string_view value) {
    net::Request request;
    request.headers.push_back({name, value});
    return request;
}

std::string header(const net::Response& response, std::string_view name) {
    for (const net::Header& field : response.headers) {
        if (field.name == name) return field.value;
    }
    return {};
}

TEST(ErrorAnswers, AcceptLanguage) {
    const struct {
        const char* name;
        const char* header;
        Language language;
    } cases[] = {
        {"none", "", Language::english},
        {"Spanish", "es", Language::spanish},
        {"Spanish of a country", "es-MX", Language::spanish},
        {"in capitals", "ES-ar", Language::spanish},
        {"English", "en-GB", Language::english},
        {"neither", "fr, de;q=0.5", Language::english},
        {"both alike", "es, en", Language::english},
        {"Spanish preferred", "es, en;q=0.9", Language::spanish},
        {"English preferred", "es;q=0.8, en", Language::english},
        {"the best of several", "en;q=0.7, es;q=0.5, es-MX;q=0.9", Language::spanish},
        {"Spanish after others", "fr, ca;q=0.9, es;q=0.1", Language::spanish},
        {"unwanted", "es;q=0", Language::english},
        {"blanks", "  es ; q=0.9 ,en; q=0.8", Language::spanish},
        {"no blanks", "en;q=0.1,es;q=0.2", Language::spanish},
        {"another language that begins so", "est, esu", Language::english},
        {"one letter", "e", Language::english},
        {"a star", "*", Language::english},
        {"three decimals", "en;q=0.123, es;q=0.124", Language::spanish},
        {"a weight beyond all bounds", "en;q=1e300, es;q=0.5", Language::english},
        {"a weight that is no number", "en;q=nan, es;q=0.5", Language::english},
        {"a negative weight", "es;q=-5", Language::spanish},
        {"commas only", ",,,", Language::english},
        {"semicolons only", ";;;", Language::english},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(language_of(request_with("accept-language", c.header)), c.language);
    }
}

TEST(ErrorAnswers, OfFunctions) {
    for (const core::CodeRow& row : core::code_table()) {
        SCOPED_TRACE(std::string(row.word));
        core::Error error{row.code, "name", "x"};
        error.detail = "for the log";
        const net::Response response = function_error(error, Language::english);
        EXPECT_EQ(response.status, status_of(row.kind));
        EXPECT_GE(response.status, 400U);
        const json::object body = json::parse(response.body).as_object();
        EXPECT_EQ(body.size(), 2U);
        EXPECT_EQ(body.at("code").as_string(), row.word);
        EXPECT_FALSE(body.at("error").as_string().empty());
        EXPECT_FALSE(response.body.contains("for the log"));
        EXPECT_EQ(response.detail, "for the log");
    }
}

TEST(ErrorAnswers, OfAuthInBothShapes) {
    for (const core::CodeRow& row : core::code_table()) {
        SCOPED_TRACE(std::string(row.word));
        core::Error error{row.code, "name", "x"};
        error.detail = "for the log";
        const net::Response old = auth_error(error, {});
        const net::Response modern =
            auth_error(error, request_with("X-Supabase-Api-Version", "2024-01-01"));
        const json::object old_body = json::parse(old.body).as_object();
        const json::object modern_body = json::parse(modern.body).as_object();
        EXPECT_EQ(old.status, modern.status);
        EXPECT_EQ(old_body.at("code").to_number<unsigned>(), old.status);
        EXPECT_EQ(old_body.at("error_code"), modern_body.at("code"));
        EXPECT_EQ(old_body.at("msg"), modern_body.at("message"));
        EXPECT_EQ(header(old, "x-sb-error-code"), old_body.at("error_code").as_string());
        EXPECT_EQ(header(modern, "x-sb-error-code"), header(old, "x-sb-error-code"));
        const bool weak = row.code == Code::weak_password;
        EXPECT_EQ(old_body.size(), weak ? 4U : 3U);
        EXPECT_EQ(modern_body.size(), weak ? 3U : 2U);
        EXPECT_FALSE(old.body.contains("for the log") || modern.body.contains("for the log"));
    }
}

TEST(ErrorAnswers, OldClientsGetTheOldShape) {
    const struct {
        const char* version;
        bool modern;
    } cases[] = {
        {"", false},           {"2023-12-31", false}, {"2024-01-01", true},  {"2031-06-30", true},
        {"2024-13-01", false}, {"2025-02-30", false}, {"2025-2-3", false},   {"2024-01-01 ", false},
        {"9999", false},       {"next-ye-ar", false}, {"2024-01-1x", false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.version);
        const net::Response answer =
            auth_error({Code::internal}, request_with("X-Supabase-Api-Version", c.version));
        EXPECT_EQ(json::parse(answer.body).as_object().contains("msg"), !c.modern);
        EXPECT_EQ(header(answer, "X-Supabase-Api-Version"), c.modern ? "2024-01-01" : "");
    }
}

TEST(ErrorAnswers, AWeakPasswordSaysWhy) {
    const net::Response answer = auth_error({Code::weak_password, "password", "6"}, {});
    EXPECT_EQ(answer.status, 422U);
    EXPECT_EQ(answer.body, R"({"code":422,"error_code":"weak_password",)"
                           R"("msg":"Password should be at least 6 characters.",)"
                           R"("weak_password":{"reasons":["length"]}})");
}

TEST(ErrorAnswers, Headers) {
    core::Error limited{Code::rate_limited};
    limited.retry_after = std::chrono::seconds(17);
    const core::Error method{Code::method_not_allowed, {}, "GET, POST"};
    const core::Error missing{Code::route_not_found, {}, "GET"};
    const core::Error busy{Code::server_busy};
    const struct {
        const char* name;
        const core::Error& error;
        const char* retry_after;
        const char* allow;
    } cases[] = {
        {"limited", limited, "17", ""},
        {"another method", method, "", "GET, POST"},
        {"nothing there", missing, "", ""},
        {"busy", busy, "1", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        for (const net::Response& response :
             {function_error(c.error, Language::english), auth_error(c.error, {})}) {
            EXPECT_EQ(header(response, "Retry-After"), c.retry_after);
            EXPECT_EQ(header(response, "Allow"), c.allow);
        }
    }
}

}  // namespace
}  // namespace muster::api
