// POST /webhooks/v1/tailscale/{id}: what Tailscale sends by itself. The signature is the only
// credential, and a delivery is a hint only: nothing is changed on its word, it makes the
// comparison of the connection's network with the roster happen soon, and that asks the network
// itself. Whoever had the secret could make Muster look, and nothing more.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

inline constexpr std::size_t webhook_body_bytes_max = std::size_t{1} * 1024 * 1024;

/// {id}: a connection's, or "server", whose secret is a setting. No such connection, none with a
/// secret, and a wrong signature are one answer: invalid_authentication.
boost::asio::awaitable<Answer> handle_tailscale_webhook(Call& call);

}  // namespace muster::api
