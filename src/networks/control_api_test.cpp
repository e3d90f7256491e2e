// Calls of a control plane that is slow, busy, broken or somebody else.
// SPDX-License-Identifier: Apache-2.0
#include "networks/control_api.hpp"

#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "fakes/certificate.hpp"
#include "fakes/networks/fake_server.hpp"
#include "fakes/random.hpp"
#include "fakes/run.hpp"

namespace muster::networks {
namespace {

using core::Code;
using fakes::Fault;
using fakes::Faults;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

net::Response hello(const net::Request& request) {
    net::Response response{.body = R"({"ok":true})"};
    if (request.path == "/api/absent") response.status = 404;
    if (request.path == "/api/shared") response.status = 501;
    if (request.path == "/api/busy") {
        response.status = 429;
        response.headers.push_back(net::Header{"Retry-After", "3600"});
    }
    response.headers.push_back(net::Header{"X-Upstream-Id", "up-1"});
    return response;
}

/// A fake server and the calls of it, with little patience.
class ControlApiTest : public testing::Test {
protected:
    ControlApiTest() {
        options.base_url = m_server.url() + "/api";
        options.request_id_header = "x-upstream-id";
        options.retry_first = 1ms;
        options.calls_per_second_max = 10'000;
    }

    ControlApi& api() {
        if (!m_api) m_api.emplace("fake", options, m_random);
        return *m_api;
    }
    core::Result<ApiAnswer> call(std::string method = "GET", std::string path = "/things",
                                 Clock::duration patience = 20s) {
        ApiCall made{.method = std::move(method), .path = std::move(path)};
        return fakes::run(api().call(std::move(made), Clock::now() + patience));
    }
    Code code_of(const core::Result<ApiAnswer>& result) {
        EXPECT_FALSE(result.has_value());
        return result ? Code::internal : result.error().code;
    }

    fakes::FakeServer m_server{hello};
    ControlApiOptions options;

private:
    fakes::FakeRandom m_random;
    std::optional<ControlApi> m_api;
};

TEST_F(ControlApiTest, HandsOverWhatTheCallerHasToJudge) {
    struct Case {
        const char* path;
        unsigned status;
    };
    for (const Case& c : {Case{"/things?a=b", 200}, Case{"/absent", 404}, Case{"/shared", 501}}) {
        SCOPED_TRACE(c.path);
        const auto answer = call("GET", c.path);
        ASSERT_TRUE(answer.has_value()) << answer.error().detail;
        EXPECT_EQ(answer->status, c.status);
        EXPECT_EQ(answer->is_ok(), c.status == 200);
        EXPECT_EQ(answer->body, R"({"ok":true})");
        EXPECT_EQ(answer->request_id, "up-1");
    }
    EXPECT_EQ(m_server.requests().size(), 3u) << "none of them is repeated";
    EXPECT_EQ(api().health().state, ApiHealth::State::good);
}

TEST_F(ControlApiTest, RepeatsOnlyWhereItIsSafe) {
    options.call_timeout = 2s;
    struct Case {
        const char* name;
        const char* method;
        Fault fault;
        std::size_t requests;
        std::optional<Code> fails;
    };
    const Case cases[] = {
        {"GET, 500", "GET", Fault::error, 2, {}},
        {"PUT, 500", "PUT", Fault::error, 2, {}},
        {"DELETE, 500", "DELETE", Fault::error, 2, {}},
        {"POST, 500", "POST", Fault::error, 1, Code::network_unreachable},
        {"PATCH, 500", "PATCH", Fault::error, 1, Code::network_unreachable},
        {"GET, reset", "GET", Fault::reset, 2, {}},
        {"DELETE, reset", "DELETE", Fault::reset, 2, {}},
        {"POST, reset", "POST", Fault::reset, 1, Code::network_unreachable},
        {"GET, cut off", "GET", Fault::truncated, 2, {}},
        {"POST, cut off", "POST", Fault::truncated, 1, Code::network_unreachable},
        {"GET, slow", "GET", Fault::slow, 2, {}},
        {"POST, slow", "POST", Fault::slow, 1, Code::network_timeout},
        {"GET, too many", "GET", Fault::limited, 2, {}},
        {"POST, too many", "POST", Fault::limited, 2, {}},
        {"PATCH, too many", "PATCH", Fault::limited, 2, {}},
        {"GET, of another type", "GET", Fault::wrong_type, 1, {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const std::size_t before = m_server.requests().size();
        m_server.set_faults({.fault = c.fault, .delay = 60s});
        const auto answer = call(c.method);
        EXPECT_EQ(m_server.requests().size() - before, c.requests);
        if (c.fails) {
            EXPECT_EQ(code_of(answer), *c.fails);
        } else {
            EXPECT_TRUE(answer.has_value());
        }
    }
}

TEST_F(ControlApiTest, TheCallerMayKnowBetter) {
    m_server.set_faults({.fault = Fault::error, .count = 2});
    ApiCall post{.method = "POST", .path = "/things", .safe_to_repeat = true};
    EXPECT_TRUE(fakes::run(api().call(std::move(post), Clock::now() + 20s)).has_value());
    m_server.set_faults({.fault = Fault::error});
    ApiCall put{.method = "PUT", .path = "/things", .safe_to_repeat = false};
    EXPECT_FALSE(fakes::run(api().call(std::move(put), Clock::now() + 20s)).has_value());
}

TEST_F(ControlApiTest, RepeatsWhatNeverArrived) {
    options.base_url = "http://127.0.0.1:1";
    options.retry_first = 40ms;
    const auto begun = Clock::now();
    EXPECT_EQ(code_of(call("POST")), Code::network_unreachable);
    EXPECT_GE(Clock::now() - begun, 60ms) << "half of 40 ms and half of 80 ms, at least";
}

TEST_F(ControlApiTest, GivesUpAfterItsAttempts) {
    m_server.set_faults({.fault = Fault::error, .count = 99});
    const auto answer = call();
    EXPECT_EQ(code_of(answer), Code::network_unreachable);
    EXPECT_EQ(answer.error().detail, "500: internal error");
    EXPECT_EQ(m_server.requests().size(), 3u);
    m_server.set_faults({.fault = Fault::limited, .count = 99});
    const auto limited = call();
    EXPECT_EQ(code_of(limited), Code::network_rate_limited);
    EXPECT_EQ(limited.error().retry_after, 1s) << "a caller always gets a time";
    EXPECT_EQ(m_server.requests().size(), 6u);
}

TEST_F(ControlApiTest, KeepsTheDeadline) {
    options.retry_first = 10min;
    m_server.set_faults({.fault = Fault::slow, .count = 99});
    EXPECT_EQ(code_of(call("GET", "/things", 50ms)), Code::network_timeout);
    m_server.set_faults({.fault = Fault::error, .count = 99});
    EXPECT_EQ(code_of(call()), Code::network_unreachable) << "a repeat would come too late";
    EXPECT_EQ(m_server.requests().size(), 2u);
    EXPECT_EQ(code_of(call("GET", "/things", -1ms)), Code::network_timeout);
    EXPECT_EQ(m_server.requests().size(), 2u);
}

TEST_F(ControlApiTest, HonoursRetryAfter) {
    for (const Fault fault : {Fault::limited_seconds, Fault::limited_date}) {
        m_server.set_faults({.fault = fault});
        const auto begun = Clock::now();
        EXPECT_TRUE(call().has_value());
        EXPECT_GE(Clock::now() - begun, 1s);
    }
    m_server.set_faults({.fault = Fault::unavailable});
    const auto begun = Clock::now();
    EXPECT_TRUE(call().has_value());
    EXPECT_GE(Clock::now() - begun, 1s);
}

TEST_F(ControlApiTest, A429HoldsBackTheOthersToo) {
    m_server.set_faults({.fault = Fault::limited_seconds});
    const auto limited = call("POST", "/things", 500ms);
    EXPECT_EQ(code_of(limited), Code::network_rate_limited);
    EXPECT_EQ(limited.error().retry_after, 1s);
    const auto other = call("GET", "/others", 10ms);
    EXPECT_EQ(code_of(other), Code::network_rate_limited);
    EXPECT_EQ(other.error().retry_after, 1s);
    EXPECT_EQ(m_server.requests().size(), 1u);
    EXPECT_TRUE(call("GET", "/others").has_value());
}

TEST_F(ControlApiTest, CapsRetryAfter) {
    options.retry_after_max = 2s;
    const auto limited = call("GET", "/busy", 1s);
    EXPECT_EQ(code_of(limited), Code::network_rate_limited);
    EXPECT_EQ(limited.error().retry_after, 2s) << "the API asked for an hour";
}

TEST_F(ControlApiTest, BoundsTheCallsOfASecond) {
    options.calls_per_second_max = 20;
    const auto begun = Clock::now();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(call().has_value());
    EXPECT_GE(Clock::now() - begun, 200ms);
}

TEST_F(ControlApiTest, RefusesWhoseTurnComesTooLate) {
    options.calls_per_second_max = 1;
    for (int tries = 0; tries < 5; ++tries) {
        EXPECT_TRUE(call().has_value());
        const auto refused = call("GET", "/things", 5ms);
        if (refused || refused.error().code == Code::network_timeout) continue;  // a slow machine
        EXPECT_EQ(refused.error().code, Code::network_rate_limited);
        EXPECT_EQ(refused.error().retry_after, 1s);
        return;
    }
    FAIL() << "none was refused";
}

TEST_F(ControlApiTest, BoundsTheAnswer) {
    options.answer_bytes_max = 11;
    EXPECT_TRUE(call().has_value());
    m_server.set_faults({.fault = Fault::too_large});
    EXPECT_EQ(code_of(call()), Code::network_answer_invalid);
    EXPECT_EQ(m_server.requests().size(), 2u) << "not repeated";
    EXPECT_EQ(api().health().consecutive_failures, 0) << "it is there, after all";
}

TEST_F(ControlApiTest, PausesAfterRepeatedFailures) {
    options.attempts_max = 1;
    options.failures_until_pause = 3;
    options.pause = 1h;
    m_server.set_faults({.fault = Fault::error, .count = 3});
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(code_of(call()), Code::network_unreachable);
        const ApiHealth& health = api().health();
        EXPECT_EQ(health.consecutive_failures, i);
        EXPECT_EQ(health.last_error, "network_unreachable");
        EXPECT_EQ(health.state, i < 3 ? ApiHealth::State::failing : ApiHealth::State::paused);
    }
    const auto refused = call();
    EXPECT_EQ(code_of(refused), Code::network_unreachable);
    EXPECT_EQ(refused.error().retry_after, 1h);
    EXPECT_EQ(m_server.requests().size(), 3u) << "nothing was sent";
}

TEST_F(ControlApiTest, TriesAfterThePause) {
    options.attempts_max = 1;
    options.failures_until_pause = 1;
    options.pause = 1ms;
    m_server.set_faults({.fault = Fault::error, .count = 2});
    EXPECT_FALSE(call().has_value());
    std::this_thread::sleep_for(2ms);
    EXPECT_FALSE(call().has_value());
    EXPECT_EQ(m_server.requests().size(), 2u);
    EXPECT_EQ(api().health().state, ApiHealth::State::paused) << "a new pause";
    std::this_thread::sleep_for(2ms);
    EXPECT_TRUE(call().has_value());
    EXPECT_EQ(api().health().state, ApiHealth::State::good);
    EXPECT_EQ(api().health().consecutive_failures, 0);
    EXPECT_EQ(api().health().last_error, "");
}

TEST_F(ControlApiTest, OneCallTriesAfterThePause) {
    options.attempts_max = 1;
    options.failures_until_pause = 1;
    options.pause = 1ms;
    m_server.set_faults({.fault = Fault::error});
    EXPECT_FALSE(call().has_value());
    m_server.set_faults({.fault = Fault::slow, .delay = 100ms});
    std::this_thread::sleep_for(2ms);
    int good = 0;
    int refused = 0;
    auto all = [&]() -> boost::asio::awaitable<bool> {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto one = [&]() -> boost::asio::awaitable<void> {
            ApiCall made;
            const auto answer = co_await api().call(std::move(made), Clock::now() + 20s);
            ++(answer ? good : refused);
        };
        for (int i = 0; i < 3; ++i) {
            boost::asio::co_spawn(executor, one(), boost::asio::detached);
        }
        while (good + refused < 3) {
            boost::asio::steady_timer timer(executor, 1ms);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return true;
    };
    EXPECT_TRUE(fakes::run(all()));
    EXPECT_EQ(good, 1);
    EXPECT_EQ(refused, 2);
}

TEST_F(ControlApiTest, LogsFailuresWithoutSecrets) {
    ApiCall made{.method = "POST", .path = "/things?token=hidden-1", .body = "hidden-2"};
    made.headers.push_back(net::Header{"Authorization", "Bearer hidden-3"});
    m_server.set_faults({.fault = Fault::error});
    testing::internal::CaptureStderr();
    const auto answer = fakes::run(api().call(std::move(made), Clock::now() + 20s));
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_FALSE(answer.has_value());
    EXPECT_NE(log.find(R"("event":"network_call_failed","network":"fake","method":"POST",)"
                       R"("path":"/things","status":500)"),
              std::string::npos)
        << log;
    EXPECT_EQ((log + answer.error().detail).find("hidden"), std::string::npos) << log;
}

TEST_F(ControlApiTest, LogsTheUpstreamsRequestId) {
    testing::internal::CaptureStderr();
    EXPECT_FALSE(call("POST", "/busy", 1s).has_value());
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find(R"("status":429,"upstream_request_id":"up-1")"), std::string::npos) << log;
}

TEST_F(ControlApiTest, TrustsOnlyItsCertificateAuthority) {
    const fakes::TestCertificate certificate("localhost");
    const fakes::TestCertificate stranger("localhost");
    fakes::FakeServer server(hello, {.tls = certificate.files()});
    options.base_url = server.url();
    for (const auto* mine : {&stranger, &certificate}) {
        options.ca_file = mine->certificate_file();
        fakes::FakeRandom random;
        ControlApi over_tls("fake", options, random);
        const auto answer = fakes::run(over_tls.call(ApiCall(), Clock::now() + 20s));
        EXPECT_EQ(answer.has_value(), mine == &certificate);
        if (!answer) {
            EXPECT_EQ(answer.error().code, Code::network_unreachable);
            EXPECT_NE(answer.error().detail.find("certificate"), std::string::npos);
        }
    }
    EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace muster::networks
