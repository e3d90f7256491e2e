// Whole enrolments against a scripted server: what is sent, what is repeated, what is given up.
// SPDX-License-Identifier: Apache-2.0
#include "agent/enrollment_test.hpp"

#include <gtest/gtest.h>

#include "agent/state.hpp"

namespace muster::agent {
namespace {

using std::chrono::milliseconds;

const char* const token = enrollment_token;
const char* const simulated =
    R"({"success":true,"device_id":"d-1","device_name":"ada","organization_name":"Acme","network":"simulated"})";
const char* const on_none = R"({"success":true,"device_id":"d-1","network":"none"})";
const char* const on_another = R"({"success":true,"device_id":"d-1","network":"carrier-pigeon"})";
const char* const waiting = R"({"success":true,"status":"pending","tailscale_connected":false})";
const char* const connected =
    R"({"success":true,"status":"active","tailscale_connected":true,"tailscale_hostname":"ada.sim","tailscale_ip":"100.64.0.1"})";

TEST(Enrollment, Whole) {
    const HttpServerFake server(in_turn({ok(simulated), ok(waiting), ok(connected)}));
    Device device;
    const auto enrolled = device.enroll(server.url());
    ASSERT_TRUE(enrolled.has_value()) << enrolled.error().message;
    EXPECT_EQ(enrolled->device_id, "d-1");
    EXPECT_EQ(enrolled->organization_name, "Acme");
    EXPECT_EQ(enrolled->status, "active");
    EXPECT_EQ(enrolled->hostname, "ada.sim");
    EXPECT_EQ(enrolled->ip, "100.64.0.1");

    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].method + " " + requests[0].target,
              "POST /functions/v1/device-enrollment");
    EXPECT_TRUE(requests[0].has_header_line("Accept-Language: es")) << requests[0].headers;
    const boost::json::object expected_verify{
        {"action", "verify"},     {"enrollment_token", token},
        {"device_name", "ada"},   {"fingerprint", enrolled->facts.fingerprint},
        {"device_type", "linux"}, {"os", "Linux"},
        {"hostname", "ada"},
    };
    EXPECT_EQ(requests[0].json(), expected_verify);
    const boost::json::object expected_check{
        {"action", "check_tailscale_status"},
        {"device_id", "d-1"},
        {"enrollment_token", token},
        {"hostname", "ada"},
    };
    EXPECT_EQ(requests[2].json(), expected_check);

    const AgentState expected_state{
        server.url(), "d-1", "simulated", device.clock().now(), enrolled->facts.fingerprint,
        {},           {}};
    EXPECT_EQ(load_state(device.state_folder()), expected_state);
    std::ifstream file(state_file(device.state_folder()));
    const std::string text(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(text.find(token), std::string::npos);
}

TEST(Enrollment, OnNoNetworkStaysPending) {
    const HttpServerFake server(in_turn({ok(on_none), refused(400, "unexpected")}));
    Device device;
    const auto enrolled = device.enroll(server.url());
    ASSERT_TRUE(enrolled.has_value()) << enrolled.error().message;
    EXPECT_EQ(enrolled->status, "pending");
    EXPECT_EQ(enrolled->device_name, "ada");
    EXPECT_EQ(server.requests().size(), 1U);
    EXPECT_EQ(load_state(device.state_folder())->network, "none");
}

TEST(Enrollment, LostAndBusyAnswersAreRepeated) {
    const FakeAnswer rate_limited{429, R"({"error":"Slow down.","code":"rate_limited"})",
                                  "Retry-After: 7\r\n"};
    const HttpServerFake server(in_turn({std::nullopt, refused(503, "server_busy"), rate_limited,
                                         ok(simulated), std::nullopt, ok(connected)}));
    Device device;
    const auto enrolled = device.enroll(server.url());
    ASSERT_TRUE(enrolled.has_value()) << enrolled.error().message;
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 6U);
    for (std::size_t at = 1; at < 4; ++at) EXPECT_EQ(requests[at].body, requests[0].body);
    EXPECT_EQ(requests[5].body, requests[4].body);
    const std::vector<milliseconds> expected{milliseconds(500), milliseconds(1000),
                                             milliseconds(7000), milliseconds(500)};
    EXPECT_EQ(device.waits(), expected);
}

TEST(Enrollment, Refusals) {
    using Answers = std::vector<std::optional<FakeAnswer>>;
    constexpr std::size_t any_number = 999;
    struct Case {
        const char* name;
        Answers answers;
        const char* network;
        const char* code;
        const char* message_has;
        std::size_t requests;
    };
    const Case cases[] = {
        {"unknown token", {refused(400, "invalid_token")}, "auto", "invalid_token", "No.", 1},
        {"token of another device", {refused(409, "token_bound")}, "auto", "token_bound", "No.", 1},
        {"revoked while waiting",
         {ok(simulated), ok(waiting), refused(400, "invalid_token")},
         "auto",
         "invalid_token",
         "No.",
         3},
        {"token gone after a lost answer",
         {ok(simulated), std::nullopt, refused(400, "invalid_token")},
         "auto",
         "invalid_token",
         "may be enrolled already",
         3},
        {"server without words", {FakeAnswer{500, "oops"}}, "auto", "", "status 500", 1},
        {"no device in the answer", {ok("{}")}, "auto", "", "names no device", 1},
        {"not known here",
         {ok(on_another)},
         "auto",
         "",
         "which this version of muster cannot join",
         1},
        {"another network", {ok(on_none)}, "simulated", "", "offers network none", 1},
        {"busy for good", {refused(503, "server_busy")}, "auto", "server_busy", "No.", 6},
        {"never seen", {ok(simulated), ok(waiting)}, "auto", "", "within 120 s", any_number},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const HttpServerFake server(in_turn(c.answers));
        Device device;
        const auto enrolled = device.enroll(server.url(), c.network);
        ASSERT_FALSE(enrolled.has_value());
        EXPECT_EQ(enrolled.error().kind, EnrollmentFailure::Kind::refused);
        EXPECT_EQ(enrolled.error().code, c.code);
        EXPECT_NE(enrolled.error().message.find(c.message_has), std::string::npos)
            << enrolled.error().message;
        if (c.requests != any_number) {
            EXPECT_EQ(server.requests().size(), c.requests);
        }
        EXPECT_EQ(enrolled.error().message.find(token), std::string::npos);
        EXPECT_FALSE(load_state(device.state_folder()).has_value());
    }
}

TEST(Enrollment, WaitsLongerAndLongerButNotTooLong) {
    const HttpServerFake server(in_turn({ok(simulated), ok(waiting)}));
    Device device;
    ASSERT_FALSE(device.enroll(server.url()).has_value());
    milliseconds total{0};
    for (const milliseconds wait : device.waits()) {
        EXPECT_LE(wait, milliseconds(2'000));
        total += wait;
    }
    EXPECT_EQ(device.waits().front(), milliseconds(500));
    EXPECT_EQ(total, milliseconds(120'000));
}

const char* const on_netbird =
    R"({"success":true,"device_id":"d-1","network":"netbird","tailscale_auth_key":"a-key"})";

TEST(Enrollment, AClientThatLostItsNodeJoinsAgain) {
    std::vector<std::optional<FakeAnswer>> answers{ok(on_netbird)};
    answers.resize(9, ok(waiting));
    answers.emplace_back(ok(connected));
    const HttpServerFake server(in_turn(answers));
    Device device;
    const auto enrolled = device.enroll(server.url());
    ASSERT_TRUE(enrolled.has_value()) << enrolled.error().message;
    ASSERT_EQ(device.world.plans.size(), 2U);
    EXPECT_EQ(device.world.plans[1].key.reveal(), "a-key");
    EXPECT_EQ(server.requests().size(), 10U) << "the token is shown once";
}

TEST(Enrollment, WhyItCouldNotJoinAgainIsSaid) {
    const HttpServerFake server(in_turn({ok(on_netbird), ok(waiting)}));
    Device device;
    device.world.on_join = [&](const Pace&) {
        if (device.world.plans.size() == 2)
            device.world.join_failure = JoinFailure{JoinFault::key_refused, "spent", "ask anew"};
    };
    const auto enrolled = device.enroll(server.url());
    ASSERT_FALSE(enrolled.has_value());
    EXPECT_EQ(enrolled.error().message, "spent");
    EXPECT_EQ(enrolled.error().hint, "ask anew");
    EXPECT_GT(device.world.plans.size(), 3U) << "it may have been a moment's weakness";
}

TEST(Enrollment, Unreachable) {
    Device device;
    const auto enrolled = device.enroll(unreachable_url());
    ASSERT_FALSE(enrolled.has_value());
    EXPECT_EQ(enrolled.error().kind, EnrollmentFailure::Kind::unreachable);
    EXPECT_EQ(device.waits().size(), 5U);

    const HttpServerFake silent(in_turn({ok(simulated), std::nullopt}));
    const auto lost = device.enroll(silent.url());
    ASSERT_FALSE(lost.has_value());
    EXPECT_EQ(lost.error().kind, EnrollmentFailure::Kind::unreachable);

    const HttpServerFake other(in_turn({ok("<html>")}));
    const auto not_ours = device.enroll(other.url());
    ASSERT_FALSE(not_ours.has_value());
    EXPECT_EQ(not_ours.error().kind, EnrollmentFailure::Kind::unreachable);
    EXPECT_EQ(other.requests().size(), 1U);
}

TEST(Enrollment, NothingIsSentWhenTheStateCannotBeKept) {
    const HttpServerFake server(in_turn({ok(simulated)}));
    Device device;
    std::ofstream(device.state_folder()) << "a file where the folder belongs";
    EXPECT_THROW((void)device.enroll(server.url()), std::runtime_error);
    EXPECT_TRUE(server.requests().empty());
}

TEST(Enrollment, Links) {
    struct Case {
        const char* text;
        const char* url;  ///< null: not a link
        const char* token;
    };
    const Case cases[] = {
        {"https://muster.example/enroll?token=muster-abc", "https://muster.example", "muster-abc"},
        {"http://127.0.0.1:8080/enroll?lang=es&token=a%2Bb#x", "http://127.0.0.1:8080", "a+b"},
        {"https://host/base/enroll?token=t", "https://host/base", "t"},
        {"muster-abc", nullptr, nullptr},
        {"https://host/enroll?token=", nullptr, nullptr},
        {"https://host/enroll?token=%4", nullptr, nullptr},
        {"https://host/enroll?mytoken=t", nullptr, nullptr},
        {"https://host/other?token=t", nullptr, nullptr},
        {"", nullptr, nullptr},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        const auto link = parse_enrollment_link(c.text);
        ASSERT_EQ(link.has_value(), c.url != nullptr);
        if (!link) continue;
        EXPECT_EQ(link->url, c.url);
        EXPECT_EQ(link->token.reveal(), c.token);
    }
}

}  // namespace
}  // namespace muster::agent
