// login, logout, whoami and the renewal of sessions against a scripted server.
// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include <barrier>
#include <thread>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "agent/http_server_fake.hpp"
#include "cli/program_test.hpp"

namespace muster::cli {
namespace {

using agent::FakeAnswer;
using agent::FakeRequest;
using agent::HttpServerFake;

constexpr std::int64_t start = 1'795'428'000;  // the fake clock's

/// Accepts one password, renews a refresh token once, and counts the pairs that it gave out.
class AccountsFake {
public:
    std::optional<FakeAnswer> operator()(const FakeRequest& request) {
        if (request.target == "/auth/v1/token?grant_type=password")
            return request.json().at("password") == "correct horse"
                       ? tokens()
                       : FakeAnswer{400, R"({"code":400,"error_code":"invalid_credentials",)"
                                         R"("msg":"Invalid login credentials"})"};
        if (request.target == "/auth/v1/token?grant_type=refresh_token")
            return request.json().at("refresh_token").as_string() ==
                           "refresh-" + std::to_string(m_pairs)
                       ? tokens()
                       : FakeAnswer{400,
                                    R"({"error_code":"refresh_token_not_found","msg":"Gone"})"};
        if (!request.has_header_line("Authorization: Bearer access-" + std::to_string(m_pairs)))
            return FakeAnswer{401, R"({"error":"Sign in first.","code":"authorization_required"})"};
        if (request.target == "/auth/v1/user")
            return FakeAnswer{200, R"({"id":"u-1","email":"ada@example.org",)"
                                   R"("user_metadata":{"full_name":"Ada"}})"};
        return FakeAnswer{204, ""};
    }

private:
    FakeAnswer tokens() {
        const std::string number = std::to_string(++m_pairs);
        return {200, R"({"access_token":"access-)" + number + R"(","refresh_token":"refresh-)" +
                         number + R"(","expires_in":3600,"expires_at":)" +
                         std::to_string(start + 3600 * m_pairs) + "}"};
    }
    std::int64_t m_pairs = 0;
};

ProgramFake::Ended sign_in(ProgramFake& program, const std::string& url) {
    program.input = "correct horse\n";
    return program.run({"login", "--url", url, "--email", "ada@example.org", "--password-stdin"});
}

std::filesystem::path file_of(const ProgramFake& program) {
    return program.home() / ".config" / "muster" / "session.json";
}

TEST(Session, SignInWhoAmISignOut) {
    const HttpServerFake server{AccountsFake()};
    ProgramFake program;
    const auto login = sign_in(program, server.url() + "/");
    ASSERT_EQ(login.exit_code, exit_done) << login.err;
    const auto permissions = std::filesystem::status(file_of(program)).permissions();
    EXPECT_EQ(static_cast<unsigned>(permissions), 0600U);

    const auto whoami = program.run({"whoami"});
    EXPECT_EQ(whoami.exit_code, exit_done) << whoami.err;
    EXPECT_EQ(whoami.out, "ada@example.org (Ada) at " + server.url() + "\nuser id u-1\n");

    EXPECT_EQ(program.run({"logout"}).exit_code, exit_done);
    EXPECT_EQ(server.requests().back().target, "/auth/v1/logout");
    EXPECT_FALSE(std::filesystem::exists(file_of(program)));
    const auto after = program.run({"whoami"});
    EXPECT_EQ(after.exit_code, exit_refused);
    EXPECT_NE(after.err.find("muster login"), std::string::npos) << after.err;
}

TEST(Session, WrongPassword) {
    const HttpServerFake server{AccountsFake()};
    ProgramFake program;
    program.input = "wrong\n";
    const auto ended = program.run(
        {"login", "--url", server.url(), "--email", "ada@example.org", "--password-stdin"});
    EXPECT_EQ(ended.exit_code, exit_refused);
    EXPECT_EQ(ended.err, "error: Invalid login credentials (invalid_credentials)\n");
    EXPECT_FALSE(std::filesystem::exists(file_of(program)));
}

TEST(Session, PasswordLengthLimit) {
    struct Case {
        std::size_t size;
        int exit_code;
    };
    for (const Case c : {Case{0, exit_usage}, Case{1024, exit_refused}, Case{1025, exit_usage}}) {
        SCOPED_TRACE(c.size);
        const HttpServerFake server{AccountsFake()};
        ProgramFake program;
        program.input = std::string(c.size, 'x') + "\n";
        EXPECT_EQ(
            program.run({"login", "--url", server.url(), "--email", "a@b", "--password-stdin"})
                .exit_code,
            c.exit_code);
    }
}

TEST(Session, RenewedWithinAMinuteOfItsEnd) {
    struct Case {
        const char* name;
        int seconds_left;
        std::size_t renewals;
    };
    const Case cases[] = {
        {"long before", 1800, 0}, {"60 s", 60, 0}, {"59 s", 59, 1}, {"after", -5, 1}};
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const HttpServerFake server{AccountsFake()};
        ProgramFake program;
        ASSERT_EQ(sign_in(program, server.url()).exit_code, exit_done);
        program.clock.advance(std::chrono::seconds(3600 - c.seconds_left));
        const auto ended = program.run({"whoami"});
        EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
        EXPECT_EQ(server.requests().size(), 2 + c.renewals);
        EXPECT_EQ(load_session(file_of(program))->access_token.reveal(),
                  c.renewals == 0 ? "access-1" : "access-2");
    }
}

TEST(Session, TwoCommandsRenewOnce) {
    const HttpServerFake server{AccountsFake()};
    ProgramFake program;
    ASSERT_EQ(sign_in(program, server.url()).exit_code, exit_done);
    program.clock.advance(std::chrono::seconds(3600));
    constexpr int count = 4;
    std::barrier together(count);
    int exit_codes[count] = {};
    std::vector<std::thread> threads;
    for (int& exit_code : exit_codes)
        threads.emplace_back([&] {
            ProgramFake other;
            other.environment = program.environment;
            other.clock.set(program.clock.now());
            together.arrive_and_wait();
            exit_code = other.run({"whoami"}).exit_code;
        });
    for (std::thread& thread : threads) thread.join();
    for (const int exit_code : exit_codes) EXPECT_EQ(exit_code, exit_done);
    int renewals = 0;
    for (const FakeRequest& request : server.requests())
        renewals += request.target.ends_with("grant_type=refresh_token") ? 1 : 0;
    EXPECT_EQ(renewals, 1);
}

TEST(Session, EndedForGood) {
    const HttpServerFake server{AccountsFake()};
    ProgramFake program;
    ASSERT_EQ(sign_in(program, server.url()).exit_code, exit_done);
    Session session = *load_session(file_of(program));
    session.refresh_token = base::Secret<std::string>("spent");
    session.expires_at = 0;
    save_session(file_of(program), session);
    const auto ended = program.run({"whoami"});
    EXPECT_EQ(ended.exit_code, exit_refused);
    EXPECT_NE(ended.err.find("the session has ended: Gone (refresh_token_not_found)"),
              std::string::npos)
        << ended.err;
    EXPECT_NE(ended.err.find("hint: sign in: muster login --url " + server.url() +
                             " --email ada@example.org"),
              std::string::npos)
        << ended.err;
    EXPECT_EQ(program.run({"logout"}).exit_code, exit_done);
    EXPECT_FALSE(std::filesystem::exists(file_of(program)));
}

TEST(Session, StaysWithItsServer) {
    const HttpServerFake server{AccountsFake()};
    const HttpServerFake other{AccountsFake()};
    ProgramFake program;
    ASSERT_EQ(sign_in(program, server.url()).exit_code, exit_done);
    for (const char* command : {"whoami", "logout"}) {
        SCOPED_TRACE(command);
        EXPECT_EQ(program.run({command, "--url", other.url()}).exit_code, exit_refused);
    }
    EXPECT_TRUE(other.requests().empty());
    EXPECT_TRUE(std::filesystem::exists(file_of(program)));
}

TEST(Session, SignOutWhenTheServerIsAway) {
    ProgramFake program;
    save_session(file_of(program), Session{agent::unreachable_url(), "ada@example.org",
                                           base::Secret<std::string>("a"),
                                           base::Secret<std::string>("r"), start + 3600});
    const auto ended = program.run({"logout"});
    EXPECT_EQ(ended.exit_code, exit_unreachable);
    EXPECT_NE(ended.err.find("signed out here"), std::string::npos) << ended.err;
    EXPECT_FALSE(std::filesystem::exists(file_of(program)));
}

TEST(Session, KeyInsteadOfASession) {
    const HttpServerFake server{[](const FakeRequest&) { return FakeAnswer{}; }};
    ProgramFake program;
    // {"role":"service_role"} between two dots, as in every JWT.
    program.environment["MUSTER_KEY"] = "h.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.s";
    EXPECT_EQ(program.run({"whoami"}).exit_code, exit_usage);
    program.environment["MUSTER_URL"] = server.url();
    const auto ended = program.run({"whoami"});
    EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
    EXPECT_EQ(ended.out, "The key in MUSTER_KEY (service_role) at " + server.url() + "\n");
    ASSERT_EQ(program.run({"org", "list"}).exit_code, exit_done);
    const FakeRequest request = server.requests().back();
    EXPECT_TRUE(
        request.has_header_line("Authorization: Bearer " + program.environment["MUSTER_KEY"]));
    EXPECT_TRUE(request.has_header_line("apikey: " + program.environment["MUSTER_KEY"]));
}

}  // namespace
}  // namespace muster::cli
