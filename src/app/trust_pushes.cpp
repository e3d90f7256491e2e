// Statements of store/memberships.
// SPDX-License-Identifier: Apache-2.0
#include "app/trust_pushes.hpp"

namespace muster::app {

core::Result<std::vector<store::TrustPush>> list_trust_pushes(store::Transaction& transaction,
                                                              const Context& context,
                                                              const store::MembershipScope& scope,
                                                              int limit) {
    return store::list_trust_pushes(transaction, scope, context.now, limit);
}

core::Result<bool> has_trust_pushes(store::Transaction& transaction, const Context& context) {
    return store::has_trust_pushes(transaction, context.now);
}

core::Result<void> postpone_trust_pushes(store::Transaction& transaction, const Context& context,
                                         const store::MembershipScope& scope,
                                         core::Timestamp next) {
    store::postpone_trust_pushes(transaction, scope, context.now, next);
    return {};
}

core::Result<void> note_trust_pushes(store::Transaction& transaction,
                                     const std::vector<store::TrustPush>& pushes,
                                     core::Timestamp next) {
    for (const store::TrustPush& push : pushes) store::note_trust_push(transaction, push, next);
    return {};
}

}  // namespace muster::app
