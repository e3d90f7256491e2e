// URLs that the client takes and refuses; query parameters of requests.
// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include <gtest/gtest.h>

#include "net/http.hpp"

namespace muster::net {
namespace {

TEST(Url, Parse) {
    struct Case {
        const char* url;
        bool is_tls;
        const char* host;
        unsigned port;
        const char* target;
        const char* authority;
    };
    const Case cases[] = {
        {"http://a", false, "a", 80, "/", "a"},
        {"https://a.example/", true, "a.example", 443, "/", "a.example"},
        {"HTTPS://a:8443/b/c?d=e", true, "a", 8443, "/b/c?d=e", "a:8443"},
        {"http://a:443", false, "a", 443, "/", "a:443"},
        {"http://a?q", false, "a", 80, "/?q", "a"},
        {"http://a/b#c", false, "a", 80, "/b", "a"},
        {"http://127.0.0.1:65535/", false, "127.0.0.1", 65535, "/", "127.0.0.1:65535"},
        {"http://[::1]:8080/x", false, "::1", 8080, "/x", "[::1]:8080"},
        {"https://[2001:db8::1]", true, "2001:db8::1", 443, "/", "[2001:db8::1]"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.url);
        const auto url = parse_url(c.url);
        ASSERT_TRUE(url.has_value()) << url.error();
        EXPECT_EQ(url->is_tls, c.is_tls);
        EXPECT_EQ(url->host, c.host);
        EXPECT_EQ(url->port, c.port);
        EXPECT_EQ(url->target, c.target);
        EXPECT_EQ(url->authority(), c.authority);
    }
}

TEST(Url, Refuse) {
    for (const char* text : {"",
                             "a",
                             "/a",
                             "ftp://a/",
                             "http:/a",
                             "http://",
                             "http:///a",
                             "http://u:p@a/",
                             "http://a:0/",
                             "http://a:65536/",
                             "http://a:/",
                             "http://a:x/",
                             "http://a b/",
                             "http://a/b c",
                             "http://a/\r\nX: y",
                             "http://a/\xc3\xa9",
                             "http://[::1",
                             "http://[::1]x/",
                             "http://[a%b]/",
                             "http://[]/",
                             "http://a\\b/"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_url(text).has_value());
    }
}

TEST(Request, QueryValue) {
    struct Case {
        const char* name;
        const char* query;
        const char* expect;
    };
    const Case cases[] = {
        {"only", "token=abc", "abc"},
        {"second", "a=b&token=abc", "abc"},
        {"first of two", "token=1&token=2", "1"},
        {"decoded", "token=a%20b+c", "a b c"},
        {"name encoded", "%74oken=abc", "abc"},
        {"holds '='", "token=a=b", "a=b"},
        {"no value", "token", ""},
        {"empty", "token=&a=b", ""},
        {"absent", "a=b&tokens=1", ""},
        {"undecodable", "token=%zz", ""},
        {"cut off", "token=%4", ""},
        {"no query", "", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Request request;
        request.query = c.query;
        EXPECT_EQ(request.query_value("token"), c.expect);
    }
}

TEST(Request, Header) {
    Request request;
    request.headers = {{"X-One", "1"}, {"x-one", "2"}};
    EXPECT_EQ(request.header("x-ONE"), "1");
    EXPECT_EQ(request.header("x-on"), "");
}

}  // namespace
}  // namespace muster::net
