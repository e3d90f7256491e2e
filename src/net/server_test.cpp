// What the server does with requests that arrive in good order.
// SPDX-License-Identifier: Apache-2.0
#include "net/server.hpp"

#include <gtest/gtest.h>

#include "net/fixture_test.hpp"

namespace muster::net {
namespace {

std::string get(const std::string& path, const std::string& headers = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

TEST(Server, AnswersWithItsHeaders) {
    TestServer server;
    RawClient client(server.port());
    client.send(get("/hello"));
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.status, 200u);
    EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200 OK\r\n")) << answer.head;
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.header("Content-Length"), "5");
    EXPECT_EQ(answer.header("Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(answer.header("Server"), "muster");
    EXPECT_EQ(answer.header("Connection"), "");
    EXPECT_TRUE(answer.header("Date").ends_with(" GMT"));
    EXPECT_EQ(answer.header("X-Request-Id").size(), 32u);
    const auto seen = server.await_seen(1);
    EXPECT_EQ(seen[0].path, "/hello");
    EXPECT_EQ(seen[0].status, 200u);
    EXPECT_EQ(seen[0].route, "test");
    EXPECT_EQ(seen[0].client_address, "127.0.0.1");
    EXPECT_EQ(seen[0].request_id, answer.header("X-Request-Id"));
}

TEST(Server, KeepsConnections) {
    TestServer server;
    RawClient client(server.port());
    for (int count = 0; count < 3; ++count) {
        client.send(get("/hello"));
        EXPECT_EQ(client.receive().status, 200u);
    }
    EXPECT_EQ(server.connection_count(), 1u);
}

TEST(Server, ClosesOrKeepsAsAsked) {
    struct Case {
        const char* name;
        std::string request;
        const char* connection;
        bool closes;
    };
    const Case cases[] = {
        {"HTTP/1.1", get("/hello"), "", false},
        {"HTTP/1.1 close", get("/hello", "Connection: close\r\n"), "close", true},
        {"HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n", "close", true},
        {"HTTP/1.0 keep-alive", "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "keep-alive", false},
    };
    TestServer server;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        RawClient client(server.port());
        client.send(c.request);
        const RawAnswer answer = client.receive();
        EXPECT_EQ(answer.status, 200u);
        EXPECT_EQ(answer.header("Connection"), c.connection);
        if (c.closes) {
            EXPECT_TRUE(client.is_closed());
        } else {
            client.send(get("/hello"));
            EXPECT_EQ(client.receive().status, 200u);
        }
    }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    TestServer server;
    RawClient client(server.port());
    std::string all;
    for (int number = 0; number < 50; ++number) {
        all += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n" +
               std::to_string(10 + number);
    }
    client.send(all);
    for (int number = 0; number < 50; ++number) {
        EXPECT_EQ(client.receive().body, std::to_string(10 + number));
    }
}

TEST(Server, SendsNoBodyWhereNoneBelongs) {
    struct Case {
        const char* name;
        const char* request;
        unsigned status;
        const char* length;
    };
    const Case cases[] = {
        {"HEAD", "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", 200, "5"},
        {"204", "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 204, ""},
        {"HEAD of an error", "HEAD /throw HTTP/1.1\r\nHost: a\r\n\r\n", 500, "-"},
    };
    TestServer server;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        RawClient client(server.port());
        client.send(c.request + get("/hello"));
        const RawAnswer answer = client.receive(false);
        EXPECT_EQ(answer.status, c.status);
        if (std::string_view(c.length) != "-") {
            EXPECT_EQ(answer.header("Content-Length"), c.length);
        }
        EXPECT_EQ(client.receive().body, "hello") << "a body would stand before this answer";
    }
}

TEST(Server, TakesChunkedBodies) {
    TestServer server;
    RawClient client(server.port());
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive().body, "abcde");
}

TEST(Server, TakesLargeBodies) {
    TestServer server;
    RawClient client(server.port());
    const std::string body(1024 * 1024, 'x');
    const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    const std::string request = head + std::to_string(body.size()) + "\r\n\r\n" + body;
    for (int count = 0; count < 2; ++count) {
        client.send(request);
        EXPECT_EQ(client.receive().body, body);
    }
}

TEST(Server, AsksForAnExpectedBody) {
    TestServer server;
    RawClient client(server.port());
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    client.send(head);
    EXPECT_EQ(client.receive().status, 100u);
    client.send("abc");
    EXPECT_EQ(client.receive().body, "abc");
    client.send(head + "def");
    EXPECT_EQ(client.receive().body, "def") << "a body that is there already isn't asked for";
}

TEST(Server, HidesWhatAHandlerThrows) {
    TestServer server;
    RawClient client(server.port());
    client.send(get("/throw", "X-Request-Id: abc\r\n"));
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.status, 500u);
    EXPECT_EQ(answer.body, R"({"error":"internal error","code":"internal","request_id":"abc"})");
    EXPECT_EQ(server.await_seen(1)[0].detail, "a detail for the log");
    client.send(get("/hello"));
    EXPECT_EQ(client.receive().status, 200u) << "the connection goes on";
}

TEST(Server, DropsHeadersThatWouldBreakTheAnswer) {
    TestServer server;
    RawClient client(server.port());
    client.send(get("/headers"));
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.header("X-Sound"), "kept");
    EXPECT_EQ(answer.header("X-Split"), "");
    EXPECT_EQ(answer.header("X-Injected"), "");
    EXPECT_EQ(answer.header("Bad Name"), "");
    EXPECT_EQ(answer.header("Content-Length"), "0");
}

TEST(Server, KeepsSoundRequestIds) {
    struct Case {
        const char* name;
        std::string id;
        bool is_kept;
    };
    const Case cases[] = {
        {"all kinds of characters", "aZ09._-", true},
        {"one character", "x", true},
        {"64 characters", std::string(64, 'x'), true},
        {"65 characters", std::string(65, 'x'), false},
        {"empty", "", false},
        {"blank inside", "a b", false},
        {"quote", "a\"b", false},
        {"slash", "a/b", false},
        {"not ASCII", "\xc3\xa9", false},
    };
    TestServer server;
    RawClient client(server.port());
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        client.send(get("/hello", "X-Request-Id: " + c.id + "\r\n"));
        const std::string got = client.receive().header("X-Request-Id");
        if (c.is_kept) {
            EXPECT_EQ(got, c.id);
        } else {
            EXPECT_EQ(got.size(), 32u) << got;
        }
    }
}

TEST(Server, BelievesOnlyItsProxies) {
    struct Case {
        const char* name;
        std::vector<std::string> proxies;
        const char* headers;
        const char* expect;
    };
    const char* forwarded = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    const Case cases[] = {
        {"nobody is trusted", {}, forwarded, "127.0.0.1 plain"},
        {"others are trusted", {"10.0.0.0/8"}, forwarded, "127.0.0.1 plain"},
        {"the peer is trusted", {"127.0.0.0/8"}, forwarded, "203.0.113.9 secure"},
        {"trusted, and silent", {"127.0.0.1"}, "", "127.0.0.1 plain"},
        {"the nearest proxy's word",
         {"127.0.0.1"},
         "X-Forwarded-Proto: https, http\r\n",
         "127.0.0.1 plain"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ServerOptions options;
        options.trusted_proxies = c.proxies;
        TestServer server(options);
        RawClient client(server.port());
        client.send(get("/who", c.headers));
        EXPECT_EQ(client.receive().body, c.expect);
    }
}

TEST(Server, SaysWhyItCannotStart) {
    struct Case {
        const char* name;
        ServerOptions options;
        const char* part;
    };
    TestServer taken;
    Case cases[] = {
        {"address in use", {}, "cannot listen on 127.0.0.1:"},
        {"foreign address", {}, "cannot listen on 192.0.2.1:0: "},
        {"no certificate", {}, "cannot use the TLS certificate /nowhere/c.pem: "},
        {"bad proxy", {}, "trusted proxy \"x/8\""},
    };
    cases[0].options.port = taken.port();
    cases[1].options.host = "192.0.2.1";
    cases[1].options.port = cases[2].options.port = cases[3].options.port = 0;
    cases[2].options.tls = TlsFiles{"/nowhere/c.pem", "/nowhere/k.pem"};
    cases[3].options.trusted_proxies = {"x/8"};
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        boost::asio::io_context context;
        base::SystemRandom random;
        try {
            const Server server(context, c.options, Handler(), Observer(), random);
            ADD_FAILURE() << "started at " << server.url();
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find(c.part), std::string::npos) << error.what();
        }
    }
}

TEST(Server, WritesIpv6AddressesInBrackets) {
    ServerOptions options;
    options.host = "::1";
    std::optional<TestServer> server;
    try {
        server.emplace(options);
    } catch (const std::runtime_error& error) {
        GTEST_SKIP() << "no IPv6 here: " << error.what();
    }
    EXPECT_TRUE(server->url().starts_with("http://[::1]:")) << server->url();
}

TEST(Server, StopFinishesWhatIsUnderWay) {
    TestServer server;
    RawClient busy(server.port());
    RawClient idle(server.port());
    RawClient fresh(server.port());
    idle.send(get("/hello"));
    EXPECT_EQ(idle.receive().status, 200u);
    busy.send(get("/wait"));
    server.await_waiting();
    const std::uint16_t port = server.port();
    server.stop(std::chrono::seconds(30));
    EXPECT_TRUE(idle.is_closed());
    EXPECT_TRUE(fresh.is_closed());
    EXPECT_THROW(RawClient late(port), boost::system::system_error);
    server.open_gate();
    const RawAnswer answer = busy.receive();
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "waited");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(busy.is_closed());
    server.await_end();
    EXPECT_EQ(server.connection_count(), 0u);
}

TEST(Server, StopLosesPatience) {
    TestServer server;
    RawClient slow(server.port());
    slow.send(get("/hello") + "GET /hel");
    EXPECT_EQ(slow.receive().status, 200u);
    server.stop(std::chrono::milliseconds(50));
    EXPECT_TRUE(slow.is_closed());
    server.await_end();
}

}  // namespace
}  // namespace muster::net
