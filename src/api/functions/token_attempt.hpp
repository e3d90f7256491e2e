// Guesses at enrollment tokens cost an address its attempts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/router.hpp"

namespace muster::api {

/// A guess at a token costs one of the address's attempts; honest devices behind one address cost
/// none, however many come at once.
class TokenAttempt {
public:
    explicit TokenAttempt(Call& call)
        : m_attempts(call.services.attempts), m_key(address_key(call.caller.ip_address)) {}
    core::Result<void> begin() { return m_attempts.check(Limit::token_failures, m_key); }
    /// What the caller is told of a refusal: of guesses that were under way together, those that
    /// find nothing left to take learn nothing else.
    boost::asio::awaitable<core::Error> settle(const core::Error& refusal) {
        const bool guess =
            refusal.code == core::Code::invalid_token || refusal.code == core::Code::token_expired;
        if (!guess) co_return refusal;
        const auto taken = co_await m_attempts.take(Limit::token_failures, m_key);
        co_return taken ? refusal : taken.error();
    }

private:
    Attempts& m_attempts;
    std::string m_key;
};

}  // namespace muster::api
