// Where forwarded calls may lead, and how they go.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/forward.hpp"

#include <gtest/gtest.h>

#include "fakes/networks/fake_server.hpp"
#include "fakes/run.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;
using core::Code;

std::string target_of(std::string_view text, const NetBirdParameters& more = {}) {
    const auto target = parse_netbird_target(text, more);
    if (!target) {
        EXPECT_EQ(target.error().code, Code::invalid_type);
        return "refused";
    }
    return target->path + (target->query.empty() ? "" : "?" + target->query);
}

TEST(NetBirdTargets, LeadBelowTheApi) {
    struct Case {
        std::string_view given;
        const char* expect;
    };
    using namespace std::string_view_literals;
    const Case cases[] = {
        {"/api/peers", "/api/peers"},
        {"/api/peers/", "/api/peers/"},
        {"/api/peers/d0c1", "/api/peers/d0c1"},
        {"/api/peers/a b", "/api/peers/a%20b"},
        {"/api/peers/a%20b", "/api/peers/a%20b"},
        {"/api/peers/ñ", "/api/peers/%C3%B1"},
        {"/api/peers/%c3%b1", "/api/peers/%C3%B1"},
        {"/api/peers/user@example.org", "/api/peers/user%40example.org"},
        {"/api/peers/...", "/api/peers/..."},
        {"/api/peers/a;b:c", "/api/peers/a%3Bb%3Ac"},
        {"", "refused"},
        {"/", "refused"},
        {"/api", "refused"},
        {"/api/", "refused"},
        {"/API/peers", "refused"},
        {"api/peers", "refused"},
        {"/apis/peers", "refused"},
        {"/oauth2/token", "refused"},
        {"/api/..", "refused"},
        {"/api/../metrics", "refused"},
        {"/api/peers/../../metrics", "refused"},
        {"/api/./peers", "refused"},
        {"/api/peers/.", "refused"},
        {"/api/%2e%2e/metrics", "refused"},
        {"/api/%2E./metrics", "refused"},
        {"/api/.%2e/metrics", "refused"},
        {"/api/%252e%252e/metrics", "refused"},
        {"/api/peers%2f..%2f..%2fmetrics", "refused"},
        {"/api/peers%5c..", "refused"},
        {"/api/peers\\..", "refused"},
        {"/api//peers", "refused"},
        {"//api/peers", "refused"},
        {"//evil.test/api/peers", "refused"},
        {"/api/peers//", "refused"},
        {"http://evil.test/api/peers", "refused"},
        {"https://user:pw@evil.test/api/", "refused"},
        {"@evil.test/api/peers", "refused"},
        {":8080/api/peers", "refused"},
        {"/api/peers#x", "refused"},
        {"/api/peers%23x", "refused"},
        {"/api/peers%", "refused"},
        {"/api/peers%4", "refused"},
        {"/api/peers%zz", "refused"},
        {"/api/peers%00", "refused"},
        {"/api/peers%0d%0aX:", "refused"},
        {"/api/peers\r\nX: y", "refused"},
        {"/api/peers\x7f", "refused"},
        {"/api/peers\0x"sv, "refused"},
        {"/api/peers/\xff", "refused"},
        {"/api/peers/%ff", "refused"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.given);
        EXPECT_EQ(target_of(c.given), c.expect);
    }
}

TEST(NetBirdTargets, TheirQueryGoesAlong) {
    struct Case {
        std::string_view given;
        NetBirdParameters more;
        const char* expect;
    };
    const Case cases[] = {
        {"/api/peers?name=pc", {}, "/api/peers?name=pc"},
        {"/api/peers?", {}, "/api/peers"},
        {"/api/peers?name=Ana's pc", {}, "/api/peers?name=Ana's%20pc"},
        {"/api/peers?name=Ana%27s%20pc", {}, "/api/peers?name=Ana%27s%20pc"},
        {"/api/peers?name=ñ", {}, "/api/peers?name=%C3%B1"},
        {"/api/peers?a=1", {{"b", "2"}, {"c", "x&y=z"}}, "/api/peers?a=1&b=2&c=x%26y%3Dz"},
        {"/api/peers", {{"b", ""}}, "/api/peers?b="},
        {"/api/peers?next=/api/../x", {}, "/api/peers?next=/api/../x"},
        {"/api/peers?a=%", {}, "refused"},
        {"/api/peers?a=%0a", {}, "refused"},
        {"/api/peers?a=\n", {}, "refused"},
        {"/api/peers?a=1#b", {}, "refused"},
        {"/api/peers?a=\\", {}, "refused"},
        {"/api/peers", {{"b", "\r\n"}}, "refused"},
        {"/api/peers", {{"b\n", "x"}}, "refused"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.given);
        EXPECT_EQ(target_of(c.given, c.more), c.expect);
    }
    const std::string prefix = "/api/";
    const std::string longest = prefix + std::string(netbird_target_bytes_max - prefix.size(), 'p');
    EXPECT_EQ(target_of(longest), longest);
    EXPECT_EQ(target_of(longest + "p"), "refused");
}

class NetBirdForward : public testing::Test {
protected:
    net::Response answer(const net::Request& request) {
        m_method = request.method;
        m_body = request.body;
        m_headers.clear();
        for (const net::HeaderView& header : request.headers) {
            m_headers.push_back({std::string(header.name), std::string(header.value)});
        }
        return m_answer;
    }
    core::Result<NetBirdAnswer> forward(NetBirdCall call,
                                        std::chrono::milliseconds patience = 20s) {
        ConnectionSettings settings;
        settings.network = "netbird";
        settings.base_url = m_server.url();
        settings.credential = base::Secret(std::string("nbp_fake"));
        return fakes::run(forward_to_netbird(settings, std::move(call),
                                             std::chrono::steady_clock::now() + patience));
    }
    static NetBirdCall call_of(std::string method, std::string body = {}) {
        NetBirdCall call;
        call.method = std::move(method);
        call.target = parse_netbird_target("/api/peers?name=pc", {}).value();
        call.body = std::move(body);
        call.content_type = "application/json";
        return call;
    }
    std::string header(std::string_view name) const {
        for (const net::Header& header : m_headers) {
            if (header.name == name) return header.value;
        }
        return {};
    }

    net::Response m_answer;
    std::string m_method, m_body;
    std::vector<net::Header> m_headers;
    fakes::FakeServer m_server{[this](const net::Request& request) { return answer(request); }};
};

TEST_F(NetBirdForward, HandsOnTheCallAndItsAnswer) {
    m_answer.body = R"([{"id":"p1"}])";
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        SCOPED_TRACE(method);
        const bool has_body = std::string_view(method) != "GET";
        const auto answer = forward(call_of(method, has_body ? R"({"a":1})" : ""));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200U);
        EXPECT_EQ(answer->body, m_answer.body);
        EXPECT_EQ(m_method, method);
        EXPECT_EQ(m_server.requests().back(), std::string(method) + " /api/peers?name=pc");
        EXPECT_EQ(m_body, has_body ? R"({"a":1})" : "");
        EXPECT_EQ(header("Authorization"), "Token nbp_fake");
        EXPECT_EQ(header("Content-Type"), has_body ? "application/json" : "");
    }
}

TEST_F(NetBirdForward, EveryStatusIsAnAnswerOnce) {
    for (const unsigned status : {400U, 401U, 403U, 404U, 422U, 429U, 500U, 503U, 302U}) {
        m_answer.status = status;
        m_answer.headers = {{"Retry-After", "7"}, {"Location", "http://127.0.0.1:1/"}};
        const auto before = m_server.requests().size();
        const auto answer = forward(call_of("POST", "{}"));
        ASSERT_TRUE(answer) << status;
        EXPECT_EQ(answer->status, status);
        EXPECT_EQ(answer->retry_after, "7");
        EXPECT_EQ(m_server.requests().size(), before + 1) << "neither repeated nor followed";
    }
}

TEST_F(NetBirdForward, Failures) {
    struct Case {
        const char* name;
        fakes::Faults faults;
        std::chrono::milliseconds patience;
        Code code;
    };
    const Case cases[] = {
        {"reset", {.fault = fakes::Fault::reset}, 20s, Code::network_unreachable},
        {"cut off", {.fault = fakes::Fault::truncated}, 20s, Code::network_unreachable},
        {"too slow", {.fault = fakes::Fault::slow, .delay = 2s}, 100ms, Code::network_timeout},
        {"too large", {.fault = fakes::Fault::too_large}, 20s, Code::network_answer_invalid},
    };
    m_answer.body = "[]";
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        m_server.set_faults(c.faults);
        testing::internal::CaptureStderr();
        const auto answer = forward(call_of("GET"), c.patience);
        const std::string log = testing::internal::GetCapturedStderr();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, c.code) << answer.error().detail;
        EXPECT_TRUE(log.contains("/api/peers")) << log;
        EXPECT_FALSE(log.contains("name=pc")) << log;
        EXPECT_FALSE(log.contains("nbp_fake")) << log;
    }
}

}  // namespace
}  // namespace muster::networks
