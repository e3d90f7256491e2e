// What networks are asked for nodes, NetBird's own API, and devices' keys and pages, against a
// scripted server.
// SPDX-License-Identifier: Apache-2.0
#include "cli/network_commands_test.hpp"

#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace muster::cli {
namespace {

TEST_F(NetworkCommands, WhatTheNetworkIsAskedFor) {
    check({
        {"nodes",
         {"network", "nodes"},
         "GET /roster/v1/network/nodes",
         "3m ago     ada@example.org"},
        {"nodes of one",
         {"network", "nodes", "--connection", "office"},
         "GET /roster/v1/network/nodes?connection=" + office,
         "100.64.0.1"},
        {"nodes of the server's own",
         {"network", "nodes", "--connection", "server"},
         "GET /roster/v1/network/nodes?connection=server",
         "100.64.0.1"},
        {"check, but the server's own",
         {"network", "check", "ada", "--connection", "server"},
         "GET " + connections,
         "not on the server's own network",
         exit_refused},
        {"shadow devices",
         {"network", "shadow"},
         "GET /roster/v1/network/shadows",
         "One that you don't: remove it where the network itself is administered.\n"},
        {"none",
         {"network", "shadow", "--connection", "office"},
         "GET /roster/v1/network/shadows?connection=" + office,
         "No shadow devices on network tailscale: "},
        {"check",
         {"network", "check", "ada"},
         action + R"({"action":"check-device","identifier":"ada"})",
         "ada is online.\n  node         n-1\n"},
        {"check one that is not there",
         {"network", "check", "bob", "--connection", "office"},
         action + R"({"action":"check-device","identifier":"bob","connection_id":")" + office +
             "\"}",
         "error: Not there.\n",
         exit_refused},
        {"sync",
         {"network", "sync"},
         action + R"({"action":"sync-devices"})",
         "Nodes on the network: 12; of them devices on the roster, which are up to date now: 10.\n"
         "The others are shown by: muster network shadow\n"},
    });
}

TEST_F(NetworkCommands, NodesThatAreNotReady) {
    for (const auto& [member, word] :
         {std::pair{"expired", "expired"}, std::pair{"needs_approval", "needs approval"}}) {
        const HttpServerFake one_node([member](const FakeRequest&) {
            return FakeAnswer{200, R"({"nodes":[{"id":"n","online":false,")" + std::string(member) +
                                       R"(":true}]})"};
        });
        program.environment["MUSTER_URL"] = one_node.url();
        EXPECT_NE(program.run({"network", "nodes"}).out.find(word), std::string::npos) << word;
    }
}

TEST_F(NetworkCommands, SpinnerLeavesNoTrace) {
    program.is_terminal = true;
    const auto ended = program.run({"network", "sync"});
    EXPECT_TRUE(ended.err.starts_with("\r\x1b[K| Asking the network 0 s")) << ended.err;
    EXPECT_TRUE(ended.err.ends_with("\r\x1b[K")) << ended.err;
    program.is_terminal = false;
    EXPECT_EQ(program.run({"network", "sync"}).err, "");
}

TEST_F(NetworkCommands, NetbirdsAnswer) {
    const std::string proxy = "/functions/v1/netbird-proxy?path=%2Fapi%2F";
    program.input = R"({"name":"from stdin"})";
    const std::filesystem::path file = program.home() / "group.json";
    std::ofstream(file) << R"({"name":"from file"})";
    check({
        {"get",
         {"network", "netbird", "get", "/api/peers?a=b"},
         "GET " + proxy + "peers%3Fa%3Db",
         "\n[]\n"},
        {"post a file",
         {"network", "netbird", "POST", "/api/groups", "--body", file.string()},
         "POST " + proxy + R"(groups {"name":"from file"})",
         "{\"name\":\"from file\"}\n"},
        {"post standard input",
         {"network", "netbird", "POST", "/api/groups", "--body", "-"},
         "POST " + proxy + R"(groups {"name":"from stdin"})",
         "from stdin"},
        {"by a connection",
         {"network", "netbird", "GET", "/api/users", "--connection", other_twin},
         "GET " + proxy + "users&connection_id=" + other_twin,
         "\n[]\n"},
        {"NetBird refuses",
         {"network", "netbird", "DELETE", "/api/gone"},
         "DELETE " + proxy + "gone",
         "error: NetBird answered with status 404\n",
         exit_refused},
        {"Muster refuses",
         {"network", "netbird", "GET", "/api/down"},
         "GET " + proxy + "down",
         "error: NetBird does not answer. (network_unreachable)\n",
         exit_refused},
    });
    EXPECT_TRUE(server.requests()[1].has_header_line("Content-Type: application/json"));
    EXPECT_EQ(program.run({"network", "netbird", "DELETE", "/api/gone"}).out,
              "{\"message\":\"no such peer\",\"code\":404}\n");
    EXPECT_EQ(program.run({"network", "netbird", "GET", "/api/down"}).out, "");
}

TEST_F(NetworkCommands, NetbirdsAnswerControlsNoTerminal) {
    const std::vector<std::string> get{"network", "netbird", "GET", "/api/peers"};
    EXPECT_EQ(program.run(get).out, "[{\"name\":\"a\x1b[2Jb\"}]\n[]\n");
    program.is_terminal = true;
    EXPECT_EQ(program.run(get).out, "[{\"name\":\"a?[2Jb\"}]\n[]\n");
}

TEST_F(NetworkCommands, BodiesThatCannotBeSent) {
    const std::vector<std::string> post{"network", "netbird", "POST", "/api/groups", "--body"};
    const auto posting = [&](const std::string& file) {
        std::vector<std::string> arguments = post;
        arguments.push_back(file);
        return program.run(arguments);
    };
    const std::string missing = (program.home() / "missing").string();
    const auto ended = posting(missing);
    EXPECT_EQ(ended.exit_code, exit_usage);
    EXPECT_EQ(ended.err, "error: cannot read " + missing + "\n");
    EXPECT_EQ(posting(program.home().string()).exit_code, exit_usage);
    program.input = std::string(1024 * 1024 + 1, ' ');
    EXPECT_EQ(posting("-").exit_code, exit_usage);
    EXPECT_TRUE(server.requests().empty());
    program.input.pop_back();
    EXPECT_EQ(posting("-").exit_code, exit_done);
}

TEST_F(NetworkCommands, KeysOfDevices) {
    const auto piped =
        program.run({"device", "key", ada, "--tag", "a", "--tag", "b", "--group", "g"});
    EXPECT_EQ(last_asked(), action + R"({"action":"generate-auth-key","deviceId":")" + ada +
                                R"(","tags":["a","b"],"group":"g"})");
    EXPECT_EQ(piped.out, "tskey-auth-1\n");
    EXPECT_EQ(piped.err, "");
    program.is_terminal = true;
    const auto shown = program.run({"device", "key", ada});
    EXPECT_EQ(last_asked(), action + R"({"action":"generate-auth-key","deviceId":")" + ada + "\"}");
    EXPECT_EQ(shown.out, "tskey-auth-1\n");
    EXPECT_NE(shown.err.find("warning: the key is shown only now. Who has it can join the network "
                             "as this device, until it expires in 1d.\n"),
              std::string::npos)
        << shown.err;
    EXPECT_EQ(shown.err.find("tskey-auth-1"), std::string::npos);
}

TEST_F(NetworkCommands, ChecksOfDevices) {
    const std::string asked = action + R"({"action":"validate-enrollment","deviceId":")" + ada;
    check({
        {"there",
         {"device", "check", ada},
         asked + "\"}",
         "is enrolled: the network shows it.\n  node         n-1\n"},
        {"not there",
         {"device", "check", ada, "--hostname", "nobody"},
         asked + R"(","hostname":"nobody"})",
         "error: the network does not show this device\nhint: muster device show " + ada + "\n",
         exit_refused},
    });
}

/// The page of one device whose membership is `membership`; other routes as in `networks`.
HttpServerFake::Script device_with(const std::string& membership) {
    return [membership](const FakeRequest& request) -> std::optional<FakeAnswer> {
        if (!begins(request, "GET /roster/v1/devices/")) return networks(request);
        return FakeAnswer{200, R"({"device":{"id":"d","name":"ada"},"trust":{"level":"high"},)"
                               R"("membership":)" +
                                   membership + R"(,"jobs":[]})"};
    };
}

TEST_F(NetworkCommands, DevicesPageTellsOfItsNetwork) {
    struct Case {
        const char* name;
        std::string membership;
        std::string page_has;
    };
    const Case cases[] = {
        {"nothing more", R"({"network":"tailscale"})", "  network      tailscale\n\n"},
        {"connection's name", R"({"network":"tailscale","connection_id":")" + office + "\"}",
         "  connection   office\n"},
        {"connection that the caller may not see",
         R"({"network":"tailscale","connection_id":"c-9"})", "  connection   c-9\n"},
        {"announced", R"({"announced_hostname":"ada-1"})", "  announced    ada-1\n"},
        {"told", R"({"trust_pushed":"high","trust_push_at":"2026-11-23T22:00:00+00:00"})",
         "  trust told   high\n"},
        {"told, but it changed",
         R"({"trust_pushed":"low","trust_push_at":"2026-11-23T09:57:00+00:00"})",
         "  trust told   low, high is due 3m ago\n"},
        {"not told", R"({"trust_push_at":"2026-11-23T09:57:00+00:00"})",
         "  trust told   not yet, due 3m ago\n"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const HttpServerFake fake(device_with(c.membership));
        program.environment["MUSTER_URL"] = fake.url();
        const auto ended = program.run({"device", "show", ada});
        EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
        EXPECT_NE(ended.out.find(c.page_has), std::string::npos) << ended.out;
    }
}

}  // namespace
}  // namespace muster::cli
