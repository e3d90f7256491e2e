// Connections to networks, against a scripted server: what the commands ask for, what people and
// scripts see, and that no credential is ever shown.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "cli/network_commands_test.hpp"

namespace muster::cli {
namespace {

class ConnectionCommands : public NetworkCommands {};

TEST(ConnectionCommandLines, UsageErrors) {
    struct Case {
        const char* name;
        std::vector<std::string> arguments;
        const char* error_has;
    };
    const Case cases[] = {
        {"connection to a network that is none",
         {"network", "add", "office", "--network", "simulated", "--credential-stdin"},
         "--network"},
        {"connection without a network",
         {"network", "add", "office", "--credential-stdin"},
         "--network is required"},
        {"no terminal, no --credential-stdin",
         {"network", "add", "office", "--network", "netbird"},
         "--credential-stdin"},
        {"credential on the command line",
         {"network", "add", "office", "--network", "netbird", "--credential", "x"},
         "--credential"},
        {"neither on nor off",
         {"network", "change", "office", "--push-trust", "yes"},
         "--push-trust"},
        {"nothing to change", {"network", "change", "office"}, "what to change"},
        {"only how to change it", {"network", "change", "office", "--no-test"}, "what to change"},
        {"tags and none", {"network", "change", "office", "--tag", "a", "--no-tags"}, "--no-tags"},
        {"NetBird, method that is none", {"network", "netbird", "HEAD", "/api/peers"}, "method"},
        {"NetBird, not its API", {"network", "netbird", "GET", "/metrics"}, "below /api/"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ProgramFake program;
        const auto ended = program.run(c.arguments);
        EXPECT_EQ(ended.exit_code, exit_usage) << ended.err;
        EXPECT_NE(ended.err.find(c.error_has), std::string::npos) << ended.err;
        EXPECT_EQ(ended.out, "");
    }
}

TEST_F(ConnectionCommands, ConnectionsAsATable) {
    const auto table = program.run({"network", "list"});
    EXPECT_EQ(table.exit_code, exit_done) << table.err;
    EXPECT_EQ(table.out,
              "NAME    NETWORK    DEFAULT  DEVICES  JOBS  STATE    ADDRESS                    "
              "LAST ERROR\n"
              "office  tailscale  yes      3        1     good     example.org                -\n"
              "twin    headscale  -        0        2     failing  https://headscale.example  "
              "network_refused\n"
              "twin    netbird    yes      0        0     paused   -                          -\n"
              "server  simulated  -        2        0     unknown  -                          -\n");
    program.is_terminal = true;
    const auto painted = program.run({"network", "list"}).out;
    for (const char* state : {"\x1b[32mgood", "\x1b[31mfailing", "\x1b[33mpaused", "  unknown"})
        EXPECT_NE(painted.find(state), std::string::npos) << state;
    EXPECT_EQ(program.run({"network", "list", "--organization", "o-3"}).out,
              "No networks are connected. Connect one: muster network add\n");
}

TEST_F(ConnectionCommands, WhatConnectionCommandsSendAndSay) {
    const std::string at_office = connections + "/" + office;
    check({
        {"default",
         {"network", "default", "office"},
         "PATCH " + at_office + R"( {"is_default":true})",
         "is the default now"},
        {"default, but the server's own",
         {"network", "default", "server"},
         "GET " + connections,
         "not on the server's own network",
         exit_refused},
        {"test", {"network", "test", "office"}, "POST " + at_office + "/test {}", "12 devices\n"},
        {"test says what to do",
         {"network", "test", office},
         "POST " + at_office + "/test {}",
         "warning: The client may not delete devices: give it the scope devices:core.\n"},
        {"test the server's own",
         {"network", "test", "server"},
         "POST " + connections + "/server/test {}",
         "It works"},
        {"test, refused",
         {"network", "test", twin},
         "POST " + connections + "/" + twin + "/test {}",
         "error: The network refuses. (network_refused)\n",
         exit_refused},
        {"remove",
         {"network", "remove", twin},
         "DELETE " + connections + "/" + twin,
         "Connection twin is removed."},
        {"remove, still in use",
         {"network", "remove", "office"},
         "DELETE " + at_office,
         "hint: revoke them first",
         exit_refused},
        {"remove, whatever is there",
         {"network", "remove", "office", "--force"},
         "DELETE " + at_office + "?force=true",
         "on it: 3. They keep their place on the network, and lose the trust"},
        {"two of that name",
         {"network", "test", "twin"},
         "GET " + connections,
         "any of 2 network connections: " + twin + " (headscale, organization o-1), " + other_twin +
             " (netbird, organization o-2)",
         exit_refused},
        {"nobody's name",
         {"network", "remove", "home"},
         "GET " + connections,
         "no network connection has the name or id \"home\"",
         exit_refused},
    });
}

TEST_F(ConnectionCommands, AddSendsWhatWasGiven) {
    program.input = credential + "\n";
    const auto least =
        program.run({"network", "add", "office", "--network", "netbird", "--credential-stdin"});
    EXPECT_EQ(least.exit_code, exit_done) << least.err;
    EXPECT_EQ(last_asked(), "POST " + connections +
                                R"( {"name":"office","network":"netbird","credential":")" +
                                credential + "\"}");
    EXPECT_EQ(least.out,
              "Connection office (tailscale) is added, id " + office +
                  "; new devices join there.\n"
                  "It works: tailnet example.org, 12 devices\n"
                  "warning: The client may not delete devices: give it the scope devices:core.\n"
                  "Webhook URL: https://muster.example/hooks/c1\n"
                  "With a webhook to it, made in Tailscale's admin console, changes are seen at "
                  "once. Then give its secret: muster network change " +
                  office + " --webhook-secret-stdin\n");

    program.input = credential + "\nhook-secret\n";
    program.run({"network",
                 "add",
                 "o",
                 "--network",
                 "tailscale",
                 "--base-url",
                 "https://a",
                 "--control-url",
                 "https://c",
                 "--tailnet",
                 "t",
                 "--client-id",
                 "i",
                 "--user",
                 "u",
                 "--tag",
                 "tag:a",
                 "--tag",
                 "tag:b",
                 "--push-trust",
                 "off",
                 "--default",
                 "--no-test",
                 "--organization",
                 "o-1",
                 "--credential-stdin",
                 "--webhook-secret-stdin"});
    const auto sent = server.requests().back().json();
    const auto expected = boost::json::parse(
        R"({"name":"o","network":"tailscale","base_url":"https://a","control_url":"https://c",)"
        R"("tailnet":"t","client_id":"i","user":"u","tags":["tag:a","tag:b"],"pushes_trust":false,)"
        R"("is_default":true,"test":false,"organization_id":"o-1","webhook_secret":"hook-secret",)"
        R"("credential":")" +
        credential + "\"}");
    EXPECT_EQ(boost::json::value(sent), expected);
}

TEST_F(ConnectionCommands, ChangeSendsWhatWasGiven) {
    struct Case {
        const char* name;
        std::vector<std::string> options;
        std::string body;
    };
    const Case cases[] = {
        {"name", {"--name", "hq"}, R"({"name":"hq"})"},
        {"back to the public service", {"--base-url", ""}, R"({"base_url":""})"},
        {"tags", {"--tag", "tag:a"}, R"({"tags":["tag:a"]})"},
        {"no tags", {"--no-tags"}, R"({"tags":[]})"},
        {"trust, untested",
         {"--push-trust", "on", "--no-test"},
         R"({"pushes_trust":true,"test":false})"},
        {"credential", {"--credential-stdin"}, R"({"credential":"first"})"},
        {"webhook's secret", {"--webhook-secret-stdin"}, R"({"webhook_secret":"first"})"},
        {"both",
         {"--credential-stdin", "--webhook-secret-stdin"},
         R"({"credential":"first","webhook_secret":"second"})"},
    };
    program.input = "first\nsecond\n";
    const std::string at_office = "PATCH " + connections + "/" + office + " ";
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        std::vector<std::string> arguments{"network", "change", "office"};
        arguments.insert(arguments.end(), c.options.begin(), c.options.end());
        const auto ended = program.run(arguments);
        EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
        EXPECT_EQ(last_asked(), at_office + c.body);
        EXPECT_NE(ended.out.find("is changed"), std::string::npos);
    }
}

TEST_F(ConnectionCommands, CredentialsAreNeverShown) {
    const std::vector<std::string> add{"network",   "add",     "office",
                                       "--network", "netbird", "--credential-stdin"};
    const auto adding_at = [&](const std::string& url, std::vector<std::string> more = {}) {
        program.input = credential + "\nof-the-hook\n";
        program.environment["MUSTER_URL"] = url;
        std::vector<std::string> arguments = add;
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto ended = program.run(arguments);
        for (const std::string& secret : {credential, std::string("of-the-hook")})
            EXPECT_EQ((ended.out + ended.err).find(secret), std::string::npos) << secret;
        return ended.exit_code;
    };
    EXPECT_EQ(adding_at(server.url(), {"--webhook-secret-stdin"}), exit_done);
    EXPECT_EQ(adding_at(server.url(), {"--webhook-secret-stdin", "--json"}), exit_done);
    EXPECT_EQ(adding_at(agent::unreachable_url()), exit_unreachable);
    for (const char* body : {R"({"error":"Refused.","code":"network_refused"})", "<html>"}) {
        const HttpServerFake refusing([body](const FakeRequest&) { return FakeAnswer{400, body}; });
        EXPECT_EQ(adding_at(refusing.url()), exit_refused);
    }
    program.is_terminal = program.is_input_terminal = true;
    EXPECT_EQ(adding_at(server.url()), exit_done);
}

TEST_F(ConnectionCommands, CredentialIsAskedForOnATerminal) {
    struct Case {
        std::vector<std::string> options;
        const char* prompt;
    };
    const Case cases[] = {
        {{"--network", "headscale"}, "Headscale's API key: "},
        {{"--network", "netbird"}, "NetBird's access token: "},
        {{"--network", "tailscale"}, "Tailscale's OAuth client secret or API access token: "},
        {{"--network", "tailscale", "--client-id", "i"}, "The OAuth client's secret: "},
    };
    program.is_input_terminal = true;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.prompt);
        program.input = credential + "\n";
        std::vector<std::string> arguments{"network", "add", "office"};
        arguments.insert(arguments.end(), c.options.begin(), c.options.end());
        const auto ended = program.run(arguments);
        EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
        EXPECT_EQ(ended.err, std::string(c.prompt) + "\n");
        EXPECT_EQ(std::string(server.requests().back().json().at("credential").as_string()),
                  credential);
    }
}

TEST_F(ConnectionCommands, NothingIsSentWithoutTheSecretsThatWereAskedFor) {
    const std::vector<std::string> add{"network",
                                       "add",
                                       "office",
                                       "--network",
                                       "tailscale",
                                       "--credential-stdin",
                                       "--webhook-secret-stdin"};
    for (const char* input : {"", "\n", "only-the-credential\n"}) {
        program.input = input;
        EXPECT_EQ(program.run(add).exit_code, exit_usage) << input;
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(ConnectionCommands, WhatIsSaidOfRefusals) {
    struct Case {
        const char* code;
        bool is_networks;
    };
    const Case cases[] = {{"network_refused", true},        {"network_unreachable", true},
                          {"network_timeout", true},        {"network_rate_limited", true},
                          {"network_answer_invalid", true}, {"network_connection_exists", false},
                          {"permission_denied", false}};
    for (const Case& c : cases) {
        SCOPED_TRACE(c.code);
        const HttpServerFake refusing([&c](const FakeRequest&) {
            return FakeAnswer{409, R"({"error":"No.","code":")" + std::string(c.code) + "\"}"};
        });
        program.environment["MUSTER_URL"] = refusing.url();
        program.input = "c\n";
        const auto ended =
            program.run({"network", "add", "office", "--network", "netbird", "--credential-stdin"});
        EXPECT_EQ(ended.exit_code, exit_refused);
        EXPECT_EQ(ended.err.find("hint: nothing was kept") != std::string::npos, c.is_networks)
            << ended.err;
    }
}

TEST_F(ConnectionCommands, Untested) {
    const HttpServerFake untested([](const FakeRequest&) {
        return FakeAnswer{200, R"({"connection":)" + office_json + R"(,"probe":null})"};
    });
    program.environment["MUSTER_URL"] = untested.url();
    program.input = "c\n";
    const auto ended = program.run(
        {"network", "add", "office", "--network", "tailscale", "--no-test", "--credential-stdin"});
    EXPECT_NE(ended.out.find("It was not tested: muster network test " + office + "\n"),
              std::string::npos)
        << ended.out;
}

TEST_F(ConnectionCommands, JsonIsTheServersAnswer) {
    struct Case {
        std::vector<std::string> arguments;
        const char* member;
    };
    const Case cases[] = {
        {{"network", "list"}, "connections"},     {{"network", "default", "office"}, "connection"},
        {{"network", "test", "office"}, "probe"}, {{"network", "remove", twin}, "success"},
        {{"network", "nodes"}, "nodes"},          {{"network", "shadow"}, "nodes"},
        {{"network", "sync"}, "synced"},          {{"network", "check", "ada"}, "found"},
        {{"network", "check", "bob"}, "found"},   {{"device", "key", ada}, "authKey"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.arguments[1]);
        std::vector<std::string> arguments = c.arguments;
        arguments.emplace_back("--json");
        const auto ended = program.run(arguments);
        const auto answer = boost::json::parse(ended.out).as_object();
        EXPECT_TRUE(answer.contains(c.member)) << ended.out;
    }
}

}  // namespace
}  // namespace muster::cli
