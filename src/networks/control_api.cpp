// Calls with their repeats, limits and pauses.
// SPDX-License-Identifier: Apache-2.0
#include "networks/control_api.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.hpp"

namespace muster::networks {
namespace asio = boost::asio;
using core::Code;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// One exchange and what follows from it.
struct ControlApi::Attempt {
    core::Result<ApiAnswer> outcome;
    bool may_repeat = false;
    milliseconds wait_at_least{0};
    unsigned status = 0;
    std::string request_id = {};
};

namespace {

constexpr std::size_t request_id_bytes_max = 100;

bool is_safe(const ApiCall& call) {
    return call.safe_to_repeat.value_or(call.method == "GET" || call.method == "PUT" ||
                                        call.method == "DELETE");
}

Code code_of(net::ClientFault fault) {
    switch (fault) {
        case net::ClientFault::timeout: return Code::network_timeout;
        case net::ClientFault::too_large: return Code::network_answer_invalid;
        case net::ClientFault::bad_url:
        case net::ClientFault::unreachable:
        case net::ClientFault::tls:
        case net::ClientFault::broken: return Code::network_unreachable;
    }
    return Code::network_unreachable;
}

/// Another try may go better, and the one before did nothing that must not happen twice.
bool may_repeat(const ApiCall& call, const net::ClientError& error) {
    switch (error.fault) {
        case net::ClientFault::bad_url:
        case net::ClientFault::tls:
        case net::ClientFault::too_large: return false;
        case net::ClientFault::broken: return error.maybe_sent && is_safe(call);
        case net::ClientFault::unreachable:
        case net::ClientFault::timeout: return !error.maybe_sent || is_safe(call);
    }
    return false;
}

core::Error error_of(Code code, std::string detail, milliseconds retry_after = {}) {
    core::Error error{code};
    error.detail = std::move(detail);
    error.retry_after = std::chrono::ceil<seconds>(retry_after);
    return error;
}

milliseconds until(ControlApi::Clock::time_point at) {
    return std::chrono::ceil<milliseconds>(at - ControlApi::Clock::now());
}

/// Returns at `at`, or says at once that the deadline comes first.
asio::awaitable<bool> wait_until(ControlApi::Clock::time_point at, Deadline deadline) {
    if (at > deadline) co_return false;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, at);
    co_await timer.async_wait(asio::use_awaitable);
    co_return true;
}

}  // namespace

std::string_view to_text(ApiHealth::State state) {
    switch (state) {
        case ApiHealth::State::unknown: return "unknown";
        case ApiHealth::State::good: return "good";
        case ApiHealth::State::failing: return "failing";
        case ApiHealth::State::paused: return "paused";
    }
    std::unreachable();
}

ControlApi::ControlApi(std::string name, ControlApiOptions options, base::Random& random)
    : m_name(std::move(name)), m_options(std::move(options)), m_random(random) {}

asio::awaitable<core::Result<ApiAnswer>> ControlApi::call(ApiCall call, Deadline deadline) {
    const auto allowed = check_pause();
    if (!allowed) co_return std::unexpected(allowed.error());
    if (m_health.state != ApiHealth::State::paused) {
        co_return co_await try_repeatedly(call, deadline);
    }
    struct Trial {
        explicit Trial(bool& is_running) : m_is_running(is_running) { m_is_running = true; }
        ~Trial() { m_is_running = false; }
        bool& m_is_running;
    };
    const Trial trial(m_is_trying);
    co_return co_await try_repeatedly(call, deadline);
}

core::Result<void> ControlApi::check_pause() const {
    if (m_health.state != ApiHealth::State::paused) return {};
    const auto now = Clock::now();
    if (now >= m_paused_until && !m_is_trying) return {};
    return std::unexpected(
        error_of(Code::network_unreachable,
                 fmt::format("paused after {} failures in a row", m_health.consecutive_failures),
                 std::max(until(m_paused_until), milliseconds(1))));
}

asio::awaitable<core::Result<ApiAnswer>> ControlApi::try_repeatedly(const ApiCall& call,
                                                                    Deadline deadline) {
    auto admitted = co_await admit(deadline);
    if (!admitted) co_return std::unexpected(std::move(admitted.error()));
    for (int attempts = 1;; ++attempts) {
        Attempt tried = co_await attempt(call, deadline);
        if (!tried.outcome) log_failure(call, tried);
        if (tried.may_repeat && attempts < m_options.attempts_max) {
            const milliseconds pause = std::max(back_off(attempts), tried.wait_at_least);
            const bool has_time = co_await wait_until(Clock::now() + pause, deadline);
            if (has_time) admitted = co_await admit(deadline);
            if (has_time && admitted) continue;
        }
        note(tried.outcome);
        co_return std::move(tried.outcome);
    }
}

/// Waits for this call's turn.
asio::awaitable<core::Result<void>> ControlApi::admit(Deadline deadline) {
    for (;;) {
        const auto now = Clock::now();
        if (now >= deadline) {
            co_return std::unexpected(error_of(Code::network_timeout, "no time was left"));
        }
        const auto turn = std::max({now, m_next_call, m_limited_until});
        if (turn > deadline) {
            co_return std::unexpected(error_of(
                Code::network_rate_limited,
                turn == m_limited_until ? "its API asked for fewer calls" : "too many calls",
                until(turn)));
        }
        // A 429 that comes meanwhile postpones turns that were given out before it.
        m_next_call =
            turn + Clock::duration(seconds(1)) / std::max(m_options.calls_per_second_max, 1);
        if (turn == now) co_return core::Result<void>();
        const bool is_turn = co_await wait_until(turn, deadline);
        if (is_turn && m_limited_until <= Clock::now()) co_return core::Result<void>();
    }
}

asio::awaitable<ControlApi::Attempt> ControlApi::attempt(const ApiCall& call, Deadline deadline) {
    net::ClientRequest request;
    request.method = call.method;
    request.url = m_options.base_url + call.path;
    request.headers = call.headers;
    request.headers.push_back(net::Header{"Accept", "application/json"});
    if (!call.body.empty()) {
        request.headers.push_back(net::Header{"Content-Type", call.content_type});
    }
    request.body = call.body;
    request.timeout = std::min(m_options.call_timeout, until(deadline));
    request.body_bytes_max = m_options.answer_bytes_max;
    request.ca_file = m_options.ca_file;
    request.proxy_url = m_options.proxy_url;
    if (request.timeout.count() <= 0) {
        co_return Attempt{std::unexpected(error_of(Code::network_timeout, "no time was left"))};
    }
    const auto response = co_await net::send(std::move(request));
    if (response) co_return judge(call, *response);
    const net::ClientError& failure = response.error();
    Attempt failed{std::unexpected(error_of(code_of(failure.fault), failure.message))};
    failed.may_repeat = may_repeat(call, failure);
    co_return failed;
}

ControlApi::Attempt ControlApi::judge(const ApiCall& call, const net::ClientResponse& response) {
    ApiAnswer answer{
        response.status, response.body, std::string(response.header("Content-Type")), {}};
    if (!m_options.request_id_header.empty()) {
        answer.request_id =
            response.header(m_options.request_id_header).substr(0, request_id_bytes_max);
    }
    const bool is_limited = answer.status == 429;
    Attempt attempt{.outcome = {}, .status = answer.status, .request_id = answer.request_id};
    if (!is_limited && (answer.status < 500 || answer.status == 501)) {
        attempt.outcome = std::move(answer);
        return attempt;
    }
    const auto asked = parse_retry_after(response.header("Retry-After"), response.header("Date"));
    attempt.may_repeat = is_limited || is_safe(call);
    attempt.wait_at_least = std::min(asked.value_or(seconds(0)), m_options.retry_after_max);
    if (is_limited) m_limited_until = Clock::now() + attempt.wait_at_least;
    attempt.outcome = std::unexpected(
        error_of(is_limited ? Code::network_rate_limited : Code::network_unreachable,
                 refusal_of(answer).detail,
                 std::max(attempt.wait_at_least, milliseconds(is_limited ? 1 : 0))));
    return attempt;
}

/// Doubles; somewhere in its second half, so that those who failed together don't return together.
milliseconds ControlApi::back_off(int attempts) {
    std::array<std::byte, sizeof(std::uint32_t)> bytes{};
    m_random.fill(bytes);
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), bytes.size());
    const milliseconds whole = m_options.retry_first * (1 << std::min(attempts - 1, 10));
    return whole / 2 + milliseconds(number % (whole.count() / 2 + 1));
}

/// A refusal is an answer: the network is there.
void ControlApi::note(const core::Result<ApiAnswer>& outcome) {
    using State = ApiHealth::State;
    const bool is_failure = !outcome && (outcome.error().code == Code::network_unreachable ||
                                         outcome.error().code == Code::network_timeout);
    State state = State::good;
    if (is_failure) {
        m_health.last_error = core::word_of(outcome.error().code);
        const bool is_enough = ++m_health.consecutive_failures >= m_options.failures_until_pause;
        state = is_enough ? State::paused : State::failing;
        if (is_enough) m_paused_until = Clock::now() + m_options.pause;
    } else {
        m_health.last_error.clear();
        m_health.consecutive_failures = 0;
    }
    if (state == m_health.state) return;
    m_health.state = state;
    m_health.changed_at = std::chrono::system_clock::now();
    if (state != State::paused) return;
    base::log(base::LogLevel::warning, "network_calls_paused",
              {{"network", m_name},
               {"seconds", std::chrono::duration<double>(m_options.pause).count()},
               {"error", m_health.last_error}});
}

void ControlApi::log_failure(const ApiCall& call, const Attempt& attempt) const {
    const std::string_view path = call.path;
    base::log(base::LogLevel::warning, "network_call_failed",
              {{"network", m_name},
               {"method", call.method},
               {"path", path.substr(0, path.find('?'))},
               {"status", std::int64_t{attempt.status}},
               {"upstream_request_id", attempt.request_id},
               {"error", core::word_of(attempt.outcome.error().code)},
               {"reason", attempt.status == 0 ? attempt.outcome.error().detail : std::string()}});
}

}  // namespace muster::networks
