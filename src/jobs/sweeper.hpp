// What time alone does: tokens run out, devices fall silent, spent tokens are forgotten.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include "jobs/outbox.hpp"

namespace muster::jobs {

/// Devices of each kind that one sweep looks at; the rest waits for the next.
inline constexpr int sweep_batch = 500;

struct Swept {
    int tokens_expired = 0;
    int devices_inactive = 0;
};

/// One sweep; nothing, or as far as it got, where another server leads. Throws StoreError.
boost::asio::awaitable<Swept> sweep(Tools& tools);

}  // namespace muster::jobs
