// What a client's address may still try. Called by the handlers of /auth/v1.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// Fails: as Attempts::take.
inline boost::asio::awaitable<core::Result<void>> take_attempt(Call& call, Limit limit) {
    return call.services.attempts.take(limit, address_key(call.caller.ip_address));
}

/// It was honest.
inline boost::asio::awaitable<void> give_back_attempt(Call& call, Limit limit) {
    return call.services.attempts.give_back(limit, address_key(call.caller.ip_address));
}

}  // namespace muster::api
