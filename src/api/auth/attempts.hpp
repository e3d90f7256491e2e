// What a client's address may still try. Called by the handlers of /auth/v1.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "api/router.hpp"

namespace muster::api {

/// Fails: rate_limited.
inline core::Result<void> take_attempt(Call& call, Limit limit) {
    return call.services.rate_limits.take(limit, address_key(call.caller.ip_address),
                                          std::chrono::steady_clock::now());
}

/// It was honest.
inline void give_back_attempt(Call& call, Limit limit) {
    call.services.rate_limits.give_back(limit, address_key(call.caller.ip_address));
}

}  // namespace muster::api
