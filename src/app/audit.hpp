// Reading history: a device's events, an organisation's audit log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "app/context.hpp"
#include "core/result.hpp"
#include "store/history.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Of the caller's own devices; of the organisation's for support and admins; all for global
/// admins. Deleted devices' events are among them. Fails: authorization_required.
core::Result<std::vector<store::ListedEvent>> list_events(store::Transaction& transaction,
                                                          const Context& context,
                                                          store::HistoryFilter filter);

/// Admins and support only. Fails: authorization_required, permission_denied.
core::Result<std::vector<store::ListedAudit>> list_audit(store::Transaction& transaction,
                                                         const Context& context,
                                                         store::HistoryFilter filter);

}  // namespace muster::app
