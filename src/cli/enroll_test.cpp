// muster enroll as a program: streams, exit codes, where token and server come from, Ctrl-C.
// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/client_program_fake.hpp"
#include "agent/http_server_fake.hpp"
#include "cli/interrupt.hpp"
#include "cli/program_test.hpp"

namespace muster::cli {
namespace {

using agent::FakeAnswer;
using agent::FakeRequest;
using agent::HttpServerFake;

/// Enrols whoever shows the token muster-good.
std::optional<FakeAnswer> enrolling(const FakeRequest& request) {
    const auto fields = request.json();
    if (fields.at("enrollment_token") != "muster-good")
        return FakeAnswer{400, R"({"error":"The token is not valid.","code":"invalid_token"})"};
    if (fields.at("action") == "verify")
        return FakeAnswer{200, R"({"success":true,"device_id":"d-1","device_name":"ada",)"
                               R"("organization_name":"Acme","network":"simulated"})"};
    return FakeAnswer{200, R"({"success":true,"status":"active","tailscale_connected":true,)"
                           R"("tailscale_hostname":"ada.sim","tailscale_ip":"100.64.0.1"})"};
}

/// The same, onto Tailscale; its key is tskey-auth-good.
std::optional<FakeAnswer> enrolling_on_tailscale(const FakeRequest& request) {
    if (request.json().at("action") == "verify")
        return FakeAnswer{200, R"({"success":true,"device_id":"d-1","device_name":"ada",)"
                               R"("network":"tailscale","tailscale_auth_key":"tskey-auth-good"})"};
    return enrolling(request);
}

class Enroll : public testing::Test {
protected:
    Enroll() {
        std::filesystem::create_directories(program.home() / "etc");
        std::ofstream(program.home() / "etc/machine-id") << "0123456789abcdef0123456789abcdef\n";
        program.environment["MUSTER_FACTS_ROOT"] = program.home();
        program.environment["MUSTER_STATE_DIR"] = program.home() / "state";
        // Whatever clients this machine has are left alone.
        program.environment["PATH"] = program.home();
    }
    HttpServerFake server{enrolling};
    ProgramFake program;
};

TEST_F(Enroll, ForPeople) {
    const auto ended = program.run({"enroll", "--url", server.url(), "--token", "muster-good"});
    EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
    EXPECT_EQ(ended.out,
              "Enrolled as ada at Acme, device d-1.\n"
              "On network simulated as ada.sim, 100.64.0.1; status active.\n");
    EXPECT_NE(ended.err.find("Waiting until the server sees this device: 100.64.0.1"),
              std::string::npos)
        << ended.err;
    EXPECT_EQ(ended.err.find('\x1b'), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(program.home() / "state/state.json"));
}

TEST_F(Enroll, OnATerminal) {
    program.is_terminal = true;
    const auto ended = program.run({"enroll", "--url", server.url(), "--token", "muster-good"});
    EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
    EXPECT_NE(ended.err.find("\x1b[32m\u2714\x1b[0m Gathering facts"), std::string::npos)
        << ended.err;
}

TEST_F(Enroll, ForScripts) {
    const auto ended =
        program.run({"enroll", "--url", server.url(), "--token", "muster-good", "--json"});
    EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
    const auto answer = boost::json::parse(ended.out).as_object();
    EXPECT_EQ(answer.at("device_id"), "d-1");
    EXPECT_EQ(answer.at("network"), "simulated");
    EXPECT_EQ(answer.at("status"), "active");
    EXPECT_EQ(answer.at("ip"), "100.64.0.1");
}

TEST_F(Enroll, WhereTheTokenComesFrom) {
    const std::string link = server.url() + "/enroll?token=muster-good";
    struct Case {
        const char* name;
        std::vector<std::string> arguments;
        std::map<std::string, std::string> environment;
        std::string input;
        int exit_code;
    };
    const Case cases[] = {
        {"a link", {"--token", link}, {}, "", exit_done},
        {"standard input", {"--token", "-", "--url", server.url()}, {}, "muster-good\n", exit_done},
        {"a link on standard input", {"--token", "-"}, {}, link + "\r\n", exit_done},
        {"environment",
         {},
         {{"MUSTER_TOKEN", "muster-good"}, {"MUSTER_URL", server.url()}},
         "",
         exit_done},
        {"the option wins", {"--token", link}, {{"MUSTER_TOKEN", "muster-bad"}}, "", exit_done},
        {"--url wins over the link",
         {"--token", "http://127.0.0.1:1/enroll?token=muster-good", "--url", server.url()},
         {},
         "",
         exit_done},
        {"refused", {"--token", "muster-bad", "--url", server.url()}, {}, "", exit_refused},
        {"network from the environment",
         {"--token", link},
         {{"MUSTER_NETWORK", "netbird"}},
         "",
         exit_refused},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ProgramFake one;
        one.environment = program.environment;
        for (const auto& [name, value] : c.environment) one.environment[name] = value;
        one.input = c.input;
        std::vector<std::string> arguments{"enroll"};
        arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
        const auto ended = one.run(arguments);
        EXPECT_EQ(ended.exit_code, c.exit_code) << ended.err;
        EXPECT_EQ((ended.out + ended.err).find("muster-good"), std::string::npos) << ended.err;
    }
}

TEST_F(Enroll, RefusedInTheServersWords) {
    const auto ended =
        program.run({"enroll", "--url", server.url(), "--token", "muster-bad", "--json"});
    EXPECT_EQ(ended.exit_code, exit_refused);
    EXPECT_EQ(ended.out, "");
    EXPECT_NE(ended.err.find("error: The token is not valid. (invalid_token)\n"), std::string::npos)
        << ended.err;
}

TEST_F(Enroll, WithTheNetworksClient) {
    const HttpServerFake tailnet(enrolling_on_tailscale);
    const agent::ClientProgramFake client("tailscale");
    program.environment["PATH"] = "/usr/bin:/bin";
    const auto run = [&](std::vector<std::string> more, const char* name, const char* value) {
        ProgramFake one;
        one.environment = program.environment;
        one.environment[name] = value;
        more.insert(more.begin(), {"enroll", "--url", tailnet.url(), "--token", "muster-good"});
        return one.run(more);
    };
    const std::string path = client.program().string();
    for (const bool is_option : {true, false}) {
        SCOPED_TRACE(is_option);
        std::filesystem::remove_all(program.home() / "state");
        client.set_status(R"({"BackendState":"NeedsLogin"})");
        client.set_up(R"(say_status '{"BackendState":"Running","HaveNodeKey":true}')");
        const auto ended =
            is_option ? run({"--tailscale", path, "--tailscale-socket", "/s"}, "UNUSED", "")
                      : run({"--tailscale-socket", "/s"}, "MUSTER_TAILSCALE", path.c_str());
        EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
        EXPECT_NE(ended.out.find("On network tailscale"), std::string::npos) << ended.out;
        EXPECT_EQ(client.shown_key(), "tskey-auth-good\n");
        EXPECT_NE(client.words().find("--socket=/s\nup\n"), std::string::npos) << client.words();
        const std::string seen = ended.out + ended.err + client.words() + client.environment();
        EXPECT_EQ(seen.find("tskey-auth-good"), std::string::npos);
        EXPECT_EQ(seen.find("muster-good"), std::string::npos);
    }
}

TEST_F(Enroll, WithoutTheNetworksClient) {
    for (const char* network : {"tailscale", "headscale", "netbird"}) {
        SCOPED_TRACE(network);
        const auto ended = program.run(
            {"enroll", "--url", server.url(), "--token", "muster-good", "--network", network});
        EXPECT_EQ(ended.exit_code, exit_refused);
        EXPECT_NE(ended.err.find("is not there (client_missing)\nhint: install the package "),
                  std::string::npos)
            << ended.err;
    }
    EXPECT_TRUE(server.requests().empty()) << "the token was shown";
}

TEST_F(Enroll, UnreachableWithinTheTimeout) {
    const auto ended = program.run(
        {"enroll", "--url", agent::unreachable_url(), "--token", "muster-good", "--timeout", "1"});
    EXPECT_EQ(ended.exit_code, exit_unreachable) << ended.err;
    EXPECT_NE(ended.err.find("hint: is the server running"), std::string::npos) << ended.err;
    EXPECT_EQ(
        program.run({"enroll", "--url", "http://", "--token", "t", "--timeout", "1"}).exit_code,
        exit_usage);
}

TEST_F(Enroll, StateThatCannotBeKept) {
    std::ofstream(program.home() / "state") << "a file";
    const auto ended = program.run({"enroll", "--url", server.url(), "--token", "muster-good"});
    EXPECT_EQ(ended.exit_code, exit_refused);
    EXPECT_NE(ended.err.find("error: cannot "), std::string::npos) << ended.err;
    EXPECT_TRUE(server.requests().empty());
}

TEST(Interrupt, EndsTheProgramWith130) {
    int words[2];
    ASSERT_EQ(::pipe(words), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::dup2(words[1], STDERR_FILENO);
        const InterruptGuard guard;
        ::raise(SIGINT);
        ::_exit(0);
    }
    ::close(words[1]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), interrupted_exit_code);
    char said[64] = {};
    EXPECT_GT(::read(words[0], said, sizeof said - 1), 0);
    EXPECT_STREQ(said, "\ninterrupted\n");
    ::close(words[0]);
}

TEST(Interrupt, IsAsBeforeAfterwards) {
    struct sigaction before{};
    struct sigaction after{};
    ::sigaction(SIGINT, nullptr, &before);
    {
        const InterruptGuard guard;
    }
    ::sigaction(SIGINT, nullptr, &after);
    EXPECT_EQ(before.sa_handler, after.sa_handler);
}

}  // namespace
}  // namespace muster::cli
