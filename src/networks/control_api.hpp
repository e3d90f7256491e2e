// JSON over HTTP to a network's control plane: what the connectors have in common. Deadlines,
// repeats where they are safe, Retry-After, a pause after repeated failures, bounded answers, TLS
// with a CA of one's own, a proxy; and failures as core's refusals.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/result.hpp"
#include "net/client.hpp"
#include "networks/network.hpp"

namespace muster::networks {

struct ControlApiOptions {
    std::string base_url;                ///< without a slash at the end
    std::string ca_file = {};            ///< PEM; empty: the system's store
    std::string proxy_url = {};          ///< http://HOST:PORT; empty: none
    std::string request_id_header = {};  ///< of answers, for the log: "x-tailscale-request-id"
    std::size_t answer_bytes_max = 64U * 1024 * 1024;
    std::chrono::milliseconds call_timeout{10'000};  ///< of one attempt; the deadline cuts it short
    std::chrono::milliseconds retry_first{200};      ///< doubles, with jitter
    std::chrono::seconds retry_after_max{60};        ///< a longer Retry-After counts as this
    int attempts_max = 3;
    int failures_until_pause = 5;             ///< consecutive ones, of whole calls
    std::chrono::milliseconds pause{15'000};  ///< then one call may try
    int calls_per_second_max = 20;            ///< a call beyond waits; beyond its deadline it fails
};

struct ApiCall {
    std::string method = "GET";
    std::string path;  ///< below the base URL, with its query, percent-encoded
    std::string body = {};
    std::string content_type = "application/json";
    std::vector<net::Header> headers = {};
    /// Empty: GET, PUT and DELETE are. What isn't, is repeated if it certainly took no effect.
    std::optional<bool> safe_to_repeat = {};
};

struct ApiAnswer {
    unsigned status = 0;
    std::string body;
    std::string content_type;
    std::string request_id;  ///< empty: none was sent
    bool is_ok() const { return status >= 200 && status < 300; }
};

/// On the I/O thread; calls may overlap.
class ControlApi {
public:
    using Clock = std::chrono::steady_clock;
    /// `name`: of the network, for the log. `random` must outlive it.
    ControlApi(std::string name, ControlApiOptions options, base::Random& random);

    /// Any answer below 500 that is no 429, and a 501, is the caller's to judge: 404 may be what
    /// was wanted. Fails: network_unreachable (no connection, TLS, reset, 5xx with the upstream's
    /// message in `detail`; while paused, with retry_after), network_timeout, network_rate_limited
    /// (429, or more calls than allowed; with retry_after), network_answer_invalid (too large).
    /// A Retry-After of 429 holds back the connection's other calls too. Logs each failure with
    /// method, path without its query, status and request id; never a body or a header.
    boost::asio::awaitable<core::Result<ApiAnswer>> call(ApiCall call, Deadline deadline);

    const ApiHealth& health() const { return m_health; }
    const ControlApiOptions& options() const { return m_options; }

private:
    struct Attempt;
    boost::asio::awaitable<core::Result<ApiAnswer>> try_repeatedly(const ApiCall& call,
                                                                   Deadline deadline);
    boost::asio::awaitable<Attempt> attempt(const ApiCall& call, Deadline deadline);
    boost::asio::awaitable<core::Result<void>> admit(Deadline deadline);
    Attempt judge(const ApiCall& call, const net::ClientResponse& response);
    core::Result<void> check_pause() const;
    std::chrono::milliseconds back_off(int attempts);
    void note(const core::Result<ApiAnswer>& outcome);
    void log_failure(const ApiCall& call, const Attempt& attempt) const;

    std::string m_name;
    ControlApiOptions m_options;
    base::Random& m_random;
    ApiHealth m_health;
    Clock::time_point m_paused_until{};
    Clock::time_point m_limited_until{};  ///< by a 429
    Clock::time_point m_next_call{};
    bool m_is_trying = false;  ///< one call finds out whether the pause may end
};

/// The answer's JSON. Fails: network_answer_invalid: another content type, or no JSON; nesting and
/// size are bounded.
core::Result<boost::json::value> json_of(const ApiAnswer& answer);

/// 4xx and 501: network_refused; what is left: network_answer_invalid. `detail` has the status, the
/// upstream's message (at most 200 bytes, what looks like a credential blotted out) and request id.
core::Error refusal_of(const ApiAnswer& answer);

/// Until when to wait (RFC 9110 section 10.2.3): seconds, or a date, which counts from `date` of
/// the same answer. Empty: neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::string_view date);

/// Members, tolerant: a missing one, null or another type is empty.
std::string text_member(const boost::json::value& object, std::string_view name);
bool bool_member(const boost::json::value& object, std::string_view name);
std::vector<std::string> texts_member(const boost::json::value& object, std::string_view name);
/// RFC 3339. Empty, what is no time, and the zeros of other systems (year 1, 1970): none.
std::optional<core::Timestamp> time_member(const boost::json::value& object, std::string_view name);
/// A text or a whole number, as text: ids are both in the wild.
std::string id_member(const boost::json::value& object, std::string_view name);

/// As a path segment or a query value (RFC 3986: all but unreserved characters).
std::string percent_encode(std::string_view text);

}  // namespace muster::networks
