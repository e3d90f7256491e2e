// What is a request, and what is refused: one row each, fed whole and byte by byte.
// SPDX-License-Identifier: Apache-2.0
#include "net/request_parser.hpp"

#include <span>

#include <gtest/gtest.h>

namespace muster::net {
namespace {

using Stage = RequestParser::Stage;

constexpr std::size_t header_max = 200;
constexpr std::size_t body_max = 16;

/// A valid request whose head is exactly that long.
std::string head_of(std::size_t size) {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
}

std::string post(const std::string& headers, const std::string& body) {
    return "POST /p HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

/// Offers `step` more bytes at a time; what is left over stays in `input`.
void feed_all(RequestParser& parser, std::string& input, std::size_t step) {
    std::string waiting;
    while (parser.stage() == Stage::head || parser.stage() == Stage::body) {
        if (input.empty()) return;
        waiting += input.substr(0, step);
        input.erase(0, step);
        std::size_t used = 0;
        do {
            used = parser.feed(waiting);
            waiting.erase(0, used);
        } while (used > 0 && !waiting.empty());
    }
    input = waiting + input;
}

struct Accepted {
    const char* name;
    std::string input;
    const char* method;
    const char* path;
    const char* query;
    const char* body;
    bool keeps_alive;
    const char* rest = "";
};

TEST(RequestParser, Accepts) {
    const Accepted cases[] = {
        {"plain", "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/a", "", "", true},
        {"query", "GET /a?b=1&c HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/a", "b=1&c", "", true},
        {"not decoded", "GET /%2f?%41 HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/%2f", "%41", "", true},
        {"absolute form", "GET http://h:1/a?b HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/a", "b", "",
         true},
        {"absolute, no path", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/", "", "", true},
        {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS", "*", "", "", true},
        {"own method", "PURGE /a HTTP/1.1\r\nHost: h\r\n\r\n", "PURGE", "/a", "", "", true},
        {"empty lines first", "\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "/a", "", "",
         true},
        {"HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n", "GET", "/a", "", "", false},
        {"HTTP/1.0 kept", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET", "/a", "", "",
         true},
        {"close", "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET", "/a", "", "",
         false},
        {"content length", post("Content-Length: 3\r\n", "abc"), "POST", "/p", "", "abc", true},
        {"two requests", post("Content-Length: 3\r\n", "abcGET "), "POST", "/p", "", "abc", true,
         "GET "},
        {"chunked", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"),
         "POST", "/p", "", "abcde", true},
        {"no chunk", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "POST", "/p", "", "",
         true},
        {"trailer", post("Transfer-Encoding: Chunked\r\n", "1\r\na\r\n0\r\nX-T: 1\r\n\r\n"), "POST",
         "/p", "", "a", true},
        {"head at the limit", head_of(header_max), "GET", "/", "", "", true},
        {"body at the limit", post("Content-Length: 16\r\n", "0123456789abcdef"), "POST", "/p", "",
         "0123456789abcdef", true},
        {"chunks at the limit",
         post("Transfer-Encoding: chunked\r\n", "8\r\n01234567\r\n8\r\n89abcdef\r\n0\r\n\r\n"),
         "POST", "/p", "", "0123456789abcdef", true},
    };
    for (const Accepted& c : cases) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, c.input.size()}) {
            SCOPED_TRACE(c.name + std::string(" by ") + std::to_string(step));
            RequestParser parser(header_max, body_max);
            std::string input = c.input;
            feed_all(parser, input, step);
            ASSERT_EQ(parser.stage(), Stage::complete);
            EXPECT_EQ(parser.request().method, c.method);
            EXPECT_EQ(parser.request().path, c.path);
            EXPECT_EQ(parser.request().query, c.query);
            EXPECT_EQ(parser.request().body, c.body);
            EXPECT_EQ(parser.keeps_alive(), c.keeps_alive);
            EXPECT_EQ(input, c.rest);
            EXPECT_TRUE(parser.request().header("X-T").empty()) << "trailers are no headers";
        }
    }
}

struct Refused {
    const char* name;
    std::string input;
    Refusal refusal;
};

class RequestParserRefuses : public testing::Test {
protected:
    static void check(std::span<const Refused> cases) {
        for (const Refused& c : cases) {
            for (const std::size_t step : {std::size_t{1}, std::size_t{7}, c.input.size()}) {
                SCOPED_TRACE(c.name + std::string(" by ") + std::to_string(step));
                RequestParser parser(header_max, body_max);
                std::string input = c.input;
                feed_all(parser, input, step);
                ASSERT_EQ(parser.stage(), Stage::refused);
                EXPECT_EQ(parser.refusal(), c.refusal);
            }
        }
    }
};

TEST_F(RequestParserRefuses, Heads) {
    const auto malformed = Refusal::malformed_request;
    const Refused cases[] = {
        {"TLS hello", "\x16\x03\x01\x02", malformed},
        {"no version", "GET /\r\n\r\n", malformed},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", malformed},
        {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", malformed},
        {"bare line feed", "GET / HTTP/1.1\nHost: h\n\n", malformed},
        {"control in target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", malformed},
        {"delete in target", "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", malformed},
        {"UTF-8 in target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", malformed},
        {"relative target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", malformed},
        {"other scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", malformed},
        {"authority form", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", malformed},
        {"no host", "GET / HTTP/1.1\r\n\r\n", malformed},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", malformed},
        {"blank before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", malformed},
        {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", malformed},
        {"empty field name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", malformed},
        {"folded", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", malformed},
        {"folded by tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n", malformed},
        {"control in value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", malformed},
        {"zero in value", std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 33), malformed},
        {"return in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", malformed},
        {"head one past the limit", head_of(header_max + 1), Refusal::header_too_large},
        {"endless head", "GET /" + std::string(header_max, 'x'), Refusal::header_too_large},
    };
    check(cases);
}

TEST_F(RequestParserRefuses, Bodies) {
    const auto malformed = Refusal::malformed_request;
    const Refused cases[] = {
        {"length and encoding",
         post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), malformed},
        {"encoding and length",
         post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), malformed},
        {"unknown encoding", post("Transfer-Encoding: gzip\r\n", ""), malformed},
        {"two encodings", post("Transfer-Encoding: gzip, chunked\r\n", ""), malformed},
        {"encoding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""),
         malformed},
        {"encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
         malformed},
        {"length is no number", post("Content-Length: x\r\n", ""), malformed},
        {"empty length", post("Content-Length: \r\n", ""), malformed},
        {"negative length", post("Content-Length: -1\r\n", ""), malformed},
        {"signed length", post("Content-Length: +1\r\n", "a"), malformed},
        {"length beyond 64 bits", post("Content-Length: 18446744073709551616\r\n", ""), malformed},
        {"two lengths", post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"), malformed},
        {"list of lengths", post("Content-Length: 1, 1\r\n", "a"), malformed},
        {"chunk size is no number", post("Transfer-Encoding: chunked\r\n", "xyz\r\n"), malformed},
        {"chunk without end", post("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n0\r\n\r\n"),
         malformed},
        {"endless chunk line",
         post("Transfer-Encoding: chunked\r\n", "1;" + std::string(header_max, 'x')), malformed},
        {"endless trailer",
         post("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(header_max, 'x')),
         malformed},
        {"body one past the limit", post("Content-Length: 17\r\n", ""), Refusal::body_too_large},
        {"chunks one past the limit",
         post("Transfer-Encoding: chunked\r\n", "8\r\n01234567\r\n9\r\n89abcdefg\r\n0\r\n\r\n"),
         Refusal::body_too_large},
    };
    check(cases);
}

TEST(RequestParser, StartsAfresh) {
    RequestParser parser(header_max, body_max);
    std::string first = post("Content-Length: 3\r\nX-Old: 1\r\n", "abc");
    feed_all(parser, first, first.size());
    ASSERT_EQ(parser.stage(), Stage::complete);
    parser.reset();
    EXPECT_EQ(parser.stage(), Stage::head);
    std::string second = "GET /new HTTP/1.0\r\n\r\n";
    feed_all(parser, second, second.size());
    ASSERT_EQ(parser.stage(), Stage::complete);
    EXPECT_EQ(parser.request().path, "/new");
    EXPECT_TRUE(parser.request().headers.empty());
    EXPECT_TRUE(parser.request().body.empty());
    EXPECT_TRUE(parser.is_http_1_0());
}

}  // namespace
}  // namespace muster::net
