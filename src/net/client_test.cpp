// The client against the server, and against peers that misbehave.
// SPDX-License-Identifier: Apache-2.0
#include "net/client.hpp"

#include <gtest/gtest.h>

#include "net/fixture_test.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

ClientRequest get(std::string url) {
    ClientRequest request;
    request.url = std::move(url);
    return request;
}

TEST(Client, SendsAndReceives) {
    TestServer server;
    ClientRequest request = get(server.url() + "/echo");
    request.method = "POST";
    request.body = std::string(500'000, 'x');
    request.headers = {{"X-Request-Id", "mine"}};
    const auto answer = send_now(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(answer->body, request.body);
    EXPECT_EQ(answer->header("x-request-id"), "mine");
    EXPECT_EQ(answer->header("absent"), "");
}

TEST(Client, TakesEveryStatus) {
    TestServer server;
    struct Case {
        const char* name;
        const char* method;
        const char* path;
        unsigned status;
        const char* body;
    };
    const Case cases[] = {
        {"plain", "GET", "/hello", 200, "hello"},
        {"HEAD", "HEAD", "/hello", 200, ""},
        {"no content", "GET", "/empty", 204, ""},
        {"a redirect isn't followed", "GET", "/moved", 302, ""},
        {"not found", "GET", "/absent", 404, ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ClientRequest request = get(server.url() + c.path);
        request.method = c.method;
        const auto answer = send_now(request);
        ASSERT_TRUE(answer.has_value()) << answer.error().message;
        EXPECT_EQ(answer->status, c.status);
        EXPECT_EQ(answer->body, c.body);
    }
}

TEST(Client, WritesAProperRequest) {
    ScriptedPeer peer("HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end");
    ClientRequest request = get(peer.url());
    request.method = "POST";
    const auto answer = send_now(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(answer->body, "to the end");
    EXPECT_EQ(answer->header("X"), "");
    const std::string& sent = peer.received();
    EXPECT_TRUE(sent.starts_with("POST /x?y HTTP/1.1\r\nHost: 127.0.0.1:")) << sent;
    EXPECT_NE(sent.find("\r\nContent-Length: 0\r\n"), std::string::npos) << sent;
    EXPECT_NE(sent.find("\r\nConnection: close\r\n"), std::string::npos) << sent;
}

TEST(Client, BoundsTheBody) {
    TestServer server;
    ClientRequest request = get(server.url() + "/hello");
    request.body_bytes_max = 5;
    EXPECT_TRUE(send_now(request).has_value());
    request.body_bytes_max = 4;
    const auto answer = send_now(request);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().fault, ClientFault::too_large);
    EXPECT_NE(answer.error().message.find("more than 4 bytes"), std::string::npos);
}

TEST(Client, GivesUpInTime) {
    asio::io_context context;
    tcp::acceptor silent(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    const std::string where = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    for (const std::string scheme : {"http://", "https://"}) {
        SCOPED_TRACE(scheme);
        ClientRequest request = get(scheme + where);
        request.timeout = std::chrono::milliseconds(50);
        const auto answer = send_now(request);
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().fault, ClientFault::timeout);
        EXPECT_EQ(answer.error().message, where + " did not answer within 50 ms");
    }
}

TEST(Client, SaysWhatIsWrong) {
    tcp::endpoint nobody;
    {
        asio::io_context context;
        const tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        nobody = acceptor.local_endpoint();
    }
    ScriptedPeer mute("");
    ScriptedPeer babbler("SSH-2.0-x\r\n\r\n");
    ScriptedPeer cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    struct Case {
        const char* name;
        std::string url;
        std::vector<Header> headers;
        ClientFault fault;
        const char* part;
    };
    const std::string gone = "http://127.0.0.1:" + std::to_string(nobody.port());
    const Case cases[] = {
        {"no URL", "host/path", {}, ClientFault::bad_url, "does not begin with"},
        {"nobody listens", gone, {}, ClientFault::unreachable, "Connection refused"},
        {"closes at once", mute.url(), {}, ClientFault::broken, "cannot read an answer of"},
        {"not HTTP", babbler.url(), {}, ClientFault::broken, "cannot read an answer of"},
        {"cut off", cut.url(), {}, ClientFault::broken, "cannot read an answer of"},
        {"line break", gone, {{"X", "a\r\nY: b"}}, ClientFault::broken, "header X"},
        {"header name", gone, {{"X Y", "a"}}, ClientFault::broken, "name"},
        {"own length", gone, {{"content-length", "9"}}, ClientFault::broken, "client's own"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ClientRequest request = get(c.url);
        request.headers = c.headers;
        const auto answer = send_now(request);
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().fault, c.fault) << answer.error().message;
        EXPECT_NE(answer.error().message.find(c.part), std::string::npos) << answer.error().message;
    }
}

}  // namespace
}  // namespace muster::net
