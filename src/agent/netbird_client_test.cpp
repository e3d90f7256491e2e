// Joining with a fake `netbird`: what it is told, and what its answers and its silence mean.
// SPDX-License-Identifier: Apache-2.0
#include "agent/netbird_client.hpp"

#include <gtest/gtest.h>

#include "agent/client_program_fake.hpp"
#include "agent/pace_fake.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const char* const key = "01234567-89AB-CDEF-0123-456789ABCDEF";
const char* const logged_out = "Daemon status: NeedsLogin\n\nRun UP command to log in with SSO\n";
const char* const connected =
    R"({"daemonStatus":"Connected","management":{"url":"https://nb.example.org","connected":true}})";

constexpr milliseconds patience{60'000};
constexpr milliseconds soon{500};

class NetbirdClientTest : public testing::Test {
protected:
    NetbirdClientTest() { program.set_status(logged_out); }

    ClientPrograms programs() const {
        ClientPrograms programs;
        programs.netbird = program.program().string();
        programs.environment = [](const std::string& name) -> std::optional<std::string> {
            if (name == "PATH") return "/usr/bin:/bin";
            if (name.starts_with("NB_")) return "overruled";
            return std::nullopt;
        };
        programs.look_interval = milliseconds(20);
        programs.service_patience = milliseconds(100);
        return programs;
    }
    std::expected<void, JoinFailure> join(const ClientPrograms& programs, milliseconds time,
                                          const std::string& url) {
        const PaceFake pace(time);
        NetbirdClient client(programs);
        auto joined = client.join(
            {base::Secret<std::string>(key), "ada", url, place.path() / "state"}, pace.pace());
        told = pace.told();
        EXPECT_EQ(program.words().find(key), std::string::npos) << program.words();
        EXPECT_EQ(program.environment().find(key), std::string::npos);
        EXPECT_EQ(program.environment().find("overruled"), std::string::npos);
        EXPECT_TRUE(program.key_path().empty() || !fs::exists(program.key_path()));
        return joined;
    }
    std::expected<void, JoinFailure> join(milliseconds time = patience) {
        return join(programs(), time, "https://nb.example.org");
    }

    ClientProgramFake program{"netbird"};
    TemporaryFolder place;
    std::vector<std::string> told;
};

TEST_F(NetbirdClientTest, TheKeyComesAsAFile) {
    program.set_up("echo Connected");
    const auto joined = join();
    ASSERT_TRUE(joined.has_value()) << joined.error().message;
    EXPECT_EQ(program.shown_key(), std::string(key) + "\n");
    EXPECT_EQ(program.modes(), "600\n700\n");
    EXPECT_NE(program.words().find("up\n--hostname\nada\n--management-url\nhttps://nb.example.org\n"
                                   "--setup-key-file\n" +
                                   program.key_path() + "\n"),
              std::string::npos)
        << program.words();
}

TEST_F(NetbirdClientTest, ThePublicServiceIsNamedToo) {
    ClientPrograms with_address = programs();
    with_address.netbird_daemon_addr = "unix:///run/other.sock";
    ASSERT_TRUE(join(with_address, patience, "").has_value());
    EXPECT_NE(program.words().find("--daemon-addr=unix:///run/other.sock\nup\n"), std::string::npos)
        << program.words();
    EXPECT_NE(program.words().find("--management-url\nhttps://api.netbird.io:443\n"),
              std::string::npos)
        << program.words();
}

TEST_F(NetbirdClientTest, WhereTheDeviceStands) {
    struct Case {
        const char* status;
        bool is_member;
        const char* where;
    };
    const Case cases[] = {
        {logged_out, false, ""},
        {"", false, ""},
        {R"({"daemonStatus":"Idle","management":{"url":"https://nb.example.org"}})", false,
         "https://nb.example.org"},
        {R"({"daemonStatus":"Connecting"})", true, ""},
        {connected, true, "https://nb.example.org"},
        {R"({"management":{"url":"https://old.example.org","connected":true}})", true,
         "https://old.example.org"},
        {R"({"management":{"url":"https://old.example.org","connected":false}})", false,
         "https://old.example.org"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.status);
        program.set_status(c.status);
        const PaceFake pace(patience);
        const auto standing = NetbirdClient(programs()).look(pace.pace());
        ASSERT_TRUE(standing.has_value()) << standing.error().message;
        EXPECT_EQ(standing->is_member, c.is_member);
        EXPECT_EQ(standing->where, c.where);
    }
}

TEST_F(NetbirdClientTest, RefusalsOfUp) {
    struct Case {
        const char* name;
        const char* up;
        JoinFault fault;
        const char* message_has;
    };
    const Case cases[] = {
        {"key refused",
         "echo \"Error: login failed: code = PermissionDenied desc = setup key $(cat \"$file\") is "
         "invalid\" >&2; exit 1",
         JoinFault::key_refused, "setup key [key] is invalid"},
        {"no root", "echo 'Error: dial unix: permission denied' >&2; exit 1",
         JoinFault::not_allowed, "may not steer NetBird's service"},
        {"too old", "echo 'Error: unknown flag: --setup-key-file' >&2; exit 1",
         JoinFault::client_too_old, "this netbird is too old"},
        {"clock off", "echo 'x509: certificate has expired or is not yet valid' >&2; exit 1",
         JoinFault::clock_off, "clock"},
        {"server away",
         "echo 'Error: login backoff cycle failed: code = Unavailable desc = connection refused' "
         ">&2; exit 1",
         JoinFault::unreachable, "the control server of NetBird does not answer"},
        {"waits for approval", "echo 'peer is pending approval' >&2; exit 1",
         JoinFault::not_approved, "waits for approval"},
        {"something new", "echo 'the moon is full' >&2; exit 1", JoinFault::failed,
         "the moon is full"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        program.set_up(c.up);
        const auto joined = join();
        ASSERT_FALSE(joined.has_value());
        EXPECT_EQ(joined.error().fault, c.fault) << joined.error().message;
        EXPECT_NE(joined.error().message.find(c.message_has), std::string::npos)
            << joined.error().message;
        EXPECT_EQ(joined.error().message.find(key), std::string::npos);
    }
}

TEST_F(NetbirdClientTest, TimeIsUp) {
    program.set_up(R"(say_status '{"daemonStatus":"Connecting","management":)"
                   R"({"url":"https://nb.example.org","error":"no route"}}'; exec sleep 600)");
    const auto joined = join(soon);
    ASSERT_FALSE(joined.has_value());
    EXPECT_EQ(joined.error().fault, JoinFault::timed_out);
    EXPECT_EQ(told, std::vector<std::string>{"the network's control server: no route"});
}

TEST_F(NetbirdClientTest, LoggingInForLongHasTwoReasons) {
    program.set_up(R"(say_status '{"daemonStatus":"Connecting","management":)"
                   R"({"url":"https://nb.example.org","connected":false}}'; exec sleep 600)");
    const auto joined = join(soon);
    ASSERT_FALSE(joined.has_value());
    EXPECT_EQ(joined.error().fault, JoinFault::timed_out);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told[0].find("cannot be reached from here, or it refuses the key"),
              std::string::npos);
    EXPECT_NE(joined.error().message.find(told[0]), std::string::npos) << joined.error().message;
}

TEST_F(NetbirdClientTest, GoesOnWhereAnEarlierRunEnded) {
    program.set_status(connected);
    EXPECT_TRUE(join().has_value());
    EXPECT_EQ(program.words().find("up\n"), std::string::npos) << program.words();
}

TEST_F(NetbirdClientTest, WithoutAService) {
    program.set_status_error("Error: failed to connect to daemon error: context deadline exceeded");
    const auto joined = join();
    ASSERT_FALSE(joined.has_value());
    EXPECT_EQ(joined.error().fault, JoinFault::service_down);
    EXPECT_NE(joined.error().hint.find("netbird service start"), std::string::npos);
    EXPECT_EQ(told, std::vector<std::string>{"waiting for NetBird's service"});
}

TEST_F(NetbirdClientTest, WithoutTheProgram) {
    ClientPrograms missing = programs();
    missing.netbird = "netbird-of-nobody";
    const auto joined = join(missing, patience, "");
    ASSERT_FALSE(joined.has_value());
    EXPECT_EQ(joined.error().fault, JoinFault::client_missing);
    EXPECT_NE(joined.error().hint.find("install the package netbird"), std::string::npos);
}

}  // namespace
}  // namespace muster::agent
