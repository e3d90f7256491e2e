// generate-auth-key: a transaction that says whether and where, the network, and a transaction that
// keeps the key.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"
#include "app/device_keys.hpp"

namespace muster::api {

/// {success, authKey, expiresAt}; expiresAt is null for a static key. Fails as
/// app::plan_device_key() and Network::create_key() do.
boost::asio::awaitable<Answer> give_device_key(Call& call, app::DeviceKeyRequest request);

}  // namespace muster::api
