// What must still happen on a network when a device leaves it: jobs of the outbox.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "core/device.hpp"
#include "store/memberships.hpp"
#include "store/network_jobs.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// A job on the network of `place`, which need not be kept in the database.
void insert_network_job(store::Transaction& transaction, const Context& context,
                        const std::optional<std::string>& organization_id,
                        const store::Membership& place, store::JobKind kind,
                        const std::string& target);

/// Its node goes, or else the key that nobody has used yet; where neither is known, nothing.
void leave_place(store::Transaction& transaction, const Context& context,
                 const std::optional<std::string>& organization_id, const store::Membership& place);

}  // namespace muster::app
