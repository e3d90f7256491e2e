// How often an address or an account may try. A bucket of attempts refills steadily; attempts that
// turn out honest are given back. Bounded: the longest unused buckets are forgotten first.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.hpp"

namespace muster::api {

enum class Limit {
    token_failures,    ///< enrolment tokens that are unknown or expired, by address
    password_address,  ///< failed sign-ins, by address
    password_account,  ///< failed sign-ins, by account
    refresh_address,   ///< failed refreshes, by address
    factor_codes,      ///< wrong codes of second factors, by user
    sign_up_address,   ///< sign-ups, by address
    mail_address,      ///< mails that somebody asked for, by address
    verify_address,    ///< wrong codes, links and PKCE verifiers, by address
};

struct LimitRow {
    Limit limit;
    std::string_view name;  ///< the metrics' label
    double burst;           ///< attempts at once
    double per_minute;      ///< steady refill
};
std::span<const LimitRow> limit_table();
const LimitRow& limit_row(Limit limit);

/// Buckets kept at once. Beyond, the one that was used longest ago goes.
inline constexpr std::size_t rate_limit_buckets_max = 100'000;

/// How long a bucket that another server may have filled up again is believed to be empty.
inline constexpr std::chrono::seconds rate_limit_memory{1};

/// The client's address as a key: IPv6 counts by its /64, which one client may own whole.
std::string address_key(std::string_view address);

/// Of one server. Handlers go through attempts.hpp. Not thread-safe: lives on the I/O thread.
class RateLimits {
public:
    enum class Mode { on, off };
    explicit RateLimits(Mode mode) : m_mode(mode) {}
    bool is_off() const { return m_mode == Mode::off; }

    /// Is an attempt left? Takes none, so that many honest ones may be under way at once.
    /// Fails: rate_limited, with retry_after.
    core::Result<void> check(Limit limit, std::string_view key,
                             std::chrono::steady_clock::time_point now);
    /// Takes one attempt. Fails: as check().
    core::Result<void> take(Limit limit, std::string_view key,
                            std::chrono::steady_clock::time_point now);
    /// Gives back one attempt that was no failure.
    void give_back(Limit limit, std::string_view key);

    /// Where the buckets are the database's, these are what it told last. `left`: after an attempt
    /// was taken there; below 0: none was, so much is missing. Fails: as check(), then.
    core::Result<void> learn(Limit limit, std::string_view key, double left,
                             std::chrono::steady_clock::time_point now);
    /// Fails, as check(), while it need not be asked again: it said "empty" a moment ago.
    core::Result<void> recall(Limit limit, std::string_view key,
                              std::chrono::steady_clock::time_point now);
    std::size_t bucket_count() const { return m_buckets.size(); }

private:
    struct Bucket {
        double left;
        std::chrono::steady_clock::time_point filled_at;
        std::list<std::string>::iterator age;
        std::chrono::steady_clock::time_point learned_at = {};
    };
    Bucket& touch(const std::string& key, const LimitRow& row,
                  std::chrono::steady_clock::time_point now);

    Mode m_mode;
    std::unordered_map<std::string, Bucket> m_buckets;
    std::list<std::string> m_by_age;  ///< most recently used first
};

}  // namespace muster::api
