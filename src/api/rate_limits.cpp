// Token buckets.
// SPDX-License-Identifier: Apache-2.0
#include "api/rate_limits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <arpa/inet.h>

namespace muster::api {

namespace {

constexpr LimitRow rows[] = {
    {Limit::token_failures, "token_failures", 20, 6},
    {Limit::password_address, "password_address", 30, 10},
    {Limit::password_account, "password_account", 10, 2},
    {Limit::refresh_address, "refresh_address", 60, 30},
    {Limit::factor_codes, "factor_codes", 10, 0.5},
    {Limit::sign_up_address, "sign_up_address", 30, 6},
    {Limit::mail_address, "mail_address", 30, 6},
    {Limit::verify_address, "verify_address", 30, 6},
};

std::string key_of(const LimitRow& row, std::string_view key) {
    return std::string(row.name) + ' ' + std::string(key);
}

}  // namespace

std::span<const LimitRow> limit_table() {
    return rows;
}

const LimitRow& limit_row(Limit limit) {
    const auto* const found = std::ranges::find(rows, limit, &LimitRow::limit);
    if (found == std::end(rows)) std::abort();  // a limit without its row
    return *found;
}

std::string address_key(std::string_view address) {
    in6_addr bytes{};
    std::string text(address);
    if (inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return text;
    std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), std::uint8_t{0});
    char prefix[INET6_ADDRSTRLEN] = {};
    inet_ntop(AF_INET6, &bytes, prefix, sizeof prefix);
    return std::string(prefix) + "/64";
}

RateLimits::Bucket& RateLimits::touch(const std::string& key, const LimitRow& row,
                                      std::chrono::steady_clock::time_point now) {
    if (const auto found = m_buckets.find(key); found != m_buckets.end()) {
        Bucket& bucket = found->second;
        const std::chrono::duration<double, std::ratio<60>> minutes = now - bucket.filled_at;
        bucket.left = std::min(row.burst, bucket.left + minutes.count() * row.per_minute);
        bucket.filled_at = now;
        m_by_age.splice(m_by_age.begin(), m_by_age, bucket.age);
        return bucket;
    }
    if (m_buckets.size() >= rate_limit_buckets_max) {
        m_buckets.erase(m_by_age.back());
        m_by_age.pop_back();
    }
    m_by_age.push_front(key);
    return m_buckets.emplace(key, Bucket{row.burst, now, m_by_age.begin(), {}}).first->second;
}

core::Result<void> RateLimits::check(Limit limit, std::string_view key,
                                     std::chrono::steady_clock::time_point now) {
    if (m_mode == Mode::off) return {};
    const LimitRow& row = limit_row(limit);
    const double left = touch(key_of(row, key), row, now).left;
    if (left >= 1) return {};
    core::Error error{core::Code::rate_limited};
    error.field = row.name;
    error.retry_after = std::chrono::seconds(
        std::max<long>(1, std::lround(std::ceil((1 - left) * 60 / row.per_minute))));
    return std::unexpected(std::move(error));
}

core::Result<void> RateLimits::take(Limit limit, std::string_view key,
                                    std::chrono::steady_clock::time_point now) {
    auto allowed = check(limit, key, now);
    if (!allowed || m_mode == Mode::off) return allowed;
    const LimitRow& row = limit_row(limit);
    touch(key_of(row, key), row, now).left -= 1;
    return {};
}

void RateLimits::give_back(Limit limit, std::string_view key) {
    const LimitRow& row = limit_row(limit);
    const auto found = m_buckets.find(key_of(row, key));
    if (found != m_buckets.end()) {
        found->second.left = std::min(row.burst, found->second.left + 1);
    }
}

core::Result<void> RateLimits::learn(Limit limit, std::string_view key, double left,
                                     std::chrono::steady_clock::time_point now) {
    const LimitRow& row = limit_row(limit);
    Bucket& bucket = touch(key_of(row, key), row, now);
    bucket.learned_at = now;
    bucket.left = left < 0 ? std::max(0.0, 1 + left) : left;
    if (left < 0) return check(limit, key, now);
    return {};
}

core::Result<void> RateLimits::recall(Limit limit, std::string_view key,
                                      std::chrono::steady_clock::time_point now) {
    const auto found = m_buckets.find(key_of(limit_row(limit), key));
    if (found == m_buckets.end() || now > found->second.learned_at + rate_limit_memory) return {};
    return check(limit, key, now);
}

}  // namespace muster::api
