// Who may read which history.
// SPDX-License-Identifier: Apache-2.0
#include "app/audit.hpp"

#include "app/authority.hpp"

namespace muster::app {

core::Result<std::vector<store::ListedEvent>> list_events(store::Transaction& transaction,
                                                          const Context& context,
                                                          store::HistoryFilter filter) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!authority->is_global()) {
        const core::Profile& caller = *authority->profile;
        if (authority->may_audit(caller.organization_id)) {
            filter.organization_id = caller.organization_id;
        } else {
            filter.user_id = caller.user_id;
        }
    }
    return store::list_events(transaction, filter);
}

core::Result<std::vector<store::ListedAudit>> list_audit(store::Transaction& transaction,
                                                         const Context& context,
                                                         store::HistoryFilter filter) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    if (!authority->is_global()) {
        const core::Profile& caller = *authority->profile;
        if (!authority->may_audit(caller.organization_id)) {
            return core::fail(core::Code::permission_denied);
        }
        filter.organization_id = caller.organization_id;
    }
    return store::list_audit(transaction, filter);
}

}  // namespace muster::app
