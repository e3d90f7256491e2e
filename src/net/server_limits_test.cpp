// Every limit of the server, at it and one past it.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "net/fixture_test.hpp"

namespace muster::net {
namespace {

using std::chrono::milliseconds;

const std::string hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

std::string head_of(std::size_t size) {
    const std::string start = "GET /hello HTTP/1.1\r\nHost: a\r\nX: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
}

std::string post_of(std::size_t size) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n" + std::string(size, 'x');
}

std::string chunked_of(std::size_t size) {
    std::string text = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t count = 0; count < size; ++count) text += "1\r\nx\r\n";
    return text + "0\r\n\r\n";
}

void expect_refusal(RawClient& client, unsigned status, const std::string& code) {
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.status, status);
    EXPECT_NE(answer.body.find("\"code\":\"" + code + "\""), std::string::npos) << answer.body;
    EXPECT_TRUE(answer.body.starts_with("{\"error\":\"")) << answer.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/json; charset=utf-8");
    EXPECT_FALSE(answer.header("X-Request-Id").empty());
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(answer.header("Retry-After"), status == 503 ? "1" : "");
    EXPECT_TRUE(client.is_closed());
}

TEST(ServerLimits, Sizes) {
    struct Case {
        const char* name;
        std::string request;
        unsigned status;
        const char* code;
    };
    const Case cases[] = {
        {"header at the limit", head_of(300), 200, ""},
        {"header one past", head_of(301), 431, "header_too_large"},
        {"header far past", head_of(100'000), 431, "header_too_large"},
        {"target far past", "GET /" + std::string(100'000, 'x'), 431, "header_too_large"},
        {"body at the limit", post_of(1000), 200, ""},
        {"body one past", post_of(1001), 413, "body_too_large"},
        {"body far past", post_of(300'000), 413, "body_too_large"},
        {"chunks at the limit", chunked_of(1000), 200, ""},
        {"chunks one past", chunked_of(1001), 413, "body_too_large"},
        {"malformed", "GET / HTTP/3.0\r\n\r\n", 400, "malformed_request"},
    };
    ServerOptions options;
    options.limits.header_bytes_max = 300;
    options.limits.body_bytes_max = 1000;
    TestServer server(options);
    std::size_t count = 0;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        RawClient client(server.port());
        client.send(c.request);
        if (c.status == 200) {
            EXPECT_EQ(client.receive().status, 200u);
        } else {
            expect_refusal(client, c.status, c.code);
        }
        const Seen seen = server.await_seen(++count).back();
        EXPECT_EQ(seen.status, c.status);
        EXPECT_EQ(seen.route, c.status == 200 ? "test" : "unmatched");
    }
}

TEST(ServerLimits, RefusalsEchoTheRequestId) {
    ServerOptions options;
    options.limits.body_bytes_max = 10;
    TestServer server(options);
    RawClient client(server.port());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\nContent-Length: 11\r\n\r\n");
    EXPECT_EQ(client.receive().header("X-Request-Id"), "mine");
}

/// Sends a byte now and then until something comes back.
void drip(RawClient& client, std::string_view text) {
    for (int count = 0; count < 2000 && !client.is_readable(milliseconds(5)); ++count) {
        client.send(text);
    }
}

TEST(ServerLimits, SlowRequests) {
    struct Case {
        const char* name;
        const char* start;
        const char* more;  ///< one byte each; null: silence
    };
    const Case cases[] = {
        {"silence in the header", "GET /hello HTTP/1.1\r\nHost:", nullptr},
        {"slow header", "GET /hello HTTP/1.1\r\nX: ", "x"},
        {"slow empty lines", "\r\n", "\r\n"},
        {"silence in the body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n",
         nullptr},
        {"slow body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n", "x"},
        {"slow chunk", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1"},
    };
    ServerOptions options;
    options.limits.header_timeout = milliseconds(100);
    options.limits.body_timeout = milliseconds(100);
    TestServer server(options);
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        RawClient client(server.port());
        client.send(c.start);
        if (c.more != nullptr) drip(client, c.more);
        if (std::string_view(c.name) == "slow chunk") {
            EXPECT_GE(client.receive().status, 400u);  // at 16 digits it is malformed
        } else {
            expect_refusal(client, 408, "request_timeout");
        }
    }
}

TEST(ServerLimits, SilentConnectionsAreClosed) {
    ServerOptions options;
    options.limits.header_timeout = milliseconds(50);
    options.limits.idle_timeout = milliseconds(50);
    TestServer server(options);
    RawClient fresh(server.port());
    EXPECT_TRUE(fresh.is_closed());
    RawClient idle(server.port());
    idle.send(hello);
    EXPECT_EQ(idle.receive().status, 200u);
    EXPECT_TRUE(idle.is_closed());
}

TEST(ServerLimits, HandlerTimeout) {
    ServerOptions options;
    options.limits.handler_timeout = milliseconds(50);
    TestServer server(options);
    RawClient client(server.port());
    client.send("GET /wait HTTP/1.1\r\nHost: a\r\nX-Request-Id: late\r\n\r\n");
    expect_refusal(client, 503, "server_busy");
    EXPECT_EQ(server.connection_count(), 1u) << "it counts while its handler runs";
    server.open_gate();
    server.stop(std::chrono::seconds(30));
    server.await_end();
    EXPECT_EQ(server.connection_count(), 0u);
    const auto seen = server.await_seen(1);
    ASSERT_EQ(seen.size(), 1u) << "one answer, one observation";
    EXPECT_EQ(seen[0].status, 503u);
    EXPECT_EQ(seen[0].request_id, "late");
}

TEST(ServerLimits, WriteTimeout) {
    ServerOptions options;
    options.limits.body_bytes_max = 64 * 1024 * 1024;
    options.limits.write_timeout = milliseconds(50);
    TestServer server(options);
    RawClient client(server.port());
    client.send(post_of(32 * 1024 * 1024));
    // The answer is larger than the sockets' buffers, and nobody reads it.
    EXPECT_EQ(server.await_seen(1)[0].status, 200u);
    EXPECT_THROW(client.receive(), std::runtime_error);
}

TEST(ServerLimits, Connections) {
    ServerOptions options;
    options.limits.connections_max = 2;
    TestServer server(options);
    RawClient first(server.port());
    std::optional<RawClient> second(server.port());
    first.send(hello);
    EXPECT_EQ(first.receive().status, 200u);
    second->send(hello);
    EXPECT_EQ(second->receive().status, 200u);
    RawClient third(server.port());
    third.send(hello);
    expect_refusal(third, 503, "server_busy");
    EXPECT_EQ(server.connection_count(), 2u);
    second.reset();
    unsigned status = 503;
    for (int count = 0; count < 1000 && status == 503; ++count) {
        RawClient next(server.port());
        next.send(hello);
        status = next.receive().status;
    }
    EXPECT_EQ(status, 200u) << "a place that became free is used again";
    first.send(hello);
    EXPECT_EQ(first.receive().status, 200u);
}

}  // namespace
}  // namespace muster::net
