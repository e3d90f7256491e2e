// Trust levels on their way to the networks. Triggers of the database make them due, whatever
// changed the level.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "app/context.hpp"
#include "core/result.hpp"
#include "store/memberships.hpp"
#include "store/transaction.hpp"

namespace muster::app {

core::Result<std::vector<store::TrustPush>> list_trust_pushes(store::Transaction& transaction,
                                                              const Context& context,
                                                              const store::MembershipScope& scope,
                                                              int limit);
/// Is there any, on whatever network?
core::Result<bool> has_trust_pushes(store::Transaction& transaction, const Context& context);
/// The network does not act on levels now: they are due again at `next`.
core::Result<void> postpone_trust_pushes(store::Transaction& transaction, const Context& context,
                                         const store::MembershipScope& scope, core::Timestamp next);
/// The network knows them; they are due again at `next`.
core::Result<void> note_trust_pushes(store::Transaction& transaction,
                                     const std::vector<store::TrustPush>& pushes,
                                     core::Timestamp next);

}  // namespace muster::app
