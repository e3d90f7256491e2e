// Where links may lead, and what is written into those URLs.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/redirects.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace muster::api {
namespace {

TEST(Redirects, WhatIsAllowed) {
    const std::vector<std::string> patterns{"https://*.preview.test/**", "muster-app://signed-in",
                                            "https://other.test/welcome"};
    const struct {
        const char* name;
        std::string url;
        bool allowed;
    } cases[] = {
        {"the site", "https://app.test", true},
        {"a page of it", "https://app.test/in/side?a=b#c", true},
        {"in capitals", "HTTPS://App.Test/in", true},
        {"its usual port, written out", "https://app.test:443/", false},
        {"another port", "https://app.test:444", false},
        {"another scheme", "http://app.test", false},
        {"below it", "https://x.app.test", false},
        {"beside it", "https://app.test.evil.test", false},
        {"as a user name", "https://app.test@evil.test", false},
        {"with a user name", "https://eve@app.test", false},
        {"as a path", "https://evil.test/https://app.test", false},
        {"a backslash", "https://app.test\\@evil.test", false},
        {"a blank", "https://app.test/ x", false},
        {"a line break", "https://app.test/\r\nSet-Cookie: a=b", false},
        {"a tab", "https://app.test/\tx", false},
        {"a delete", "https://app.test/\x7f", false},
        {"without scheme", "//app.test", false},
        {"a path only", "/in", false},
        {"empty", "", false},
        {"three slashes", "https:///app.test", false},
        {"no slashes", "https:app.test", false},
        {"loopback", "http://127.0.0.1:5173/in", true},
        {"loopback further on", "http://127.8.9.10", true},
        {"loopback by IPv6", "http://[::1]:3000", true},
        {"loopback, but a script", "javascript://127.0.0.1/%0aalert(1)", false},
        {"by name", "http://localhost:3000", false},
        {"another address", "http://192.0.2.1", false},
        {"another IPv6 address", "http://[2001:db8::1]", false},
        {"decimal", "http://2130706433", false},
        {"a pattern", "https://pr-7.preview.test/any/thing?x=y#z", true},
        {"a pattern's part too many", "https://a.b.preview.test/", false},
        {"a pattern in the path", "https://evil.test/.preview.test/", false},
        {"a pattern as a user name", "https://evil@x.preview.test/", false},
        {"an app", "muster-app://signed-in", true},
        {"an app's other page", "muster-app://signed-out", false},
        {"a page that is listed", "https://other.test/welcome", true},
        {"its fragment", "https://other.test/welcome#x", true},
        {"its query", "https://other.test/welcome?x", false},
        {"a script", "javascript:alert(1)", false},
    };
    const RedirectRules rules{"https://app.test", patterns};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(is_redirect_allowed(c.url, rules), c.allowed) << c.url;
    }
}

TEST(Redirects, EvenAPatternOfEverythingHasLimits) {
    const std::vector<std::string> patterns{"**"};
    const RedirectRules rules{"https://app.test", patterns};
    EXPECT_TRUE(is_redirect_allowed("https://anything.test/x", rules));
    for (const char* const url :
         {"http://2130706433", "http://192.0.2.1", "https://eve@a.test", "https:///x",
          "https://a_b.test", "https://a.test\\x", "http://a.test\n"}) {
        EXPECT_FALSE(is_redirect_allowed(url, rules)) << url;
    }
}

TEST(Redirects, ASiteOnALoopbackAddressHasEveryPort) {
    const RedirectRules rules{"http://localhost:3000", {}};
    EXPECT_TRUE(is_redirect_allowed("http://localhost:5173/in", rules));
    EXPECT_TRUE(is_redirect_allowed("http://localhost", rules));
    EXPECT_FALSE(is_redirect_allowed("https://localhost:3000", rules));
}

TEST(Redirects, WhatIsWrittenIntoThem) {
    const AuthRefusal refusal{403, "otp_expired", "Too old & gone"};
    const AuthRefusal unusual{422, "email_exists", "Taken"};
    const std::string error =
        "error=access_denied&error_code=otp_expired&error_description=Too+old+%26+gone";
    const struct {
        const char* name;
        std::string is;
        std::string wanted;
    } cases[] = {
        {"a code", with_code("https://a.test", "c"), "https://a.test?code=c"},
        {"a code beside others", with_code("https://a.test/p?z=1&a=%20#f", "c"),
         "https://a.test/p?a=+&code=c&z=1#f"},
        {"a code instead of one", with_code("https://a.test?code=old", "c"),
         "https://a.test?code=c"},
        {"a refusal", with_refusal("https://a.test/p?z=1#f", refusal, Flow::implicit),
         "https://a.test/p?z=1#" + error + "&sb="},
        {"a refusal with PKCE", with_refusal("https://a.test/p?z=1", refusal, Flow::pkce),
         "https://a.test/p?" + error + "&z=1#" + error + "&sb="},
        {"a refusal that OAuth has no word for",
         with_refusal("https://a.test", unusual, Flow::implicit),
         "https://a.test#error_code=email_exists&error_description=Taken&sb="},
        {"a note", with_message("https://a.test", "Half done", Flow::implicit),
         "https://a.test#message=Half+done&sb="},
        {"a note with PKCE", with_message("https://a.test", "Half done", Flow::pkce),
         "https://a.test?message=Half+done#message=Half+done&sb="},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(c.is, c.wanted);
    }
}

}  // namespace
}  // namespace muster::api
