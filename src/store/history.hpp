// Tables device_events (with its archive) and audit_logs: what happened, and who did it. Append
// only: the database's guards refuse everything else.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/device.hpp"
#include "store/transaction.hpp"

namespace muster::store {

struct EventRow {
    std::string id;
    std::string device_id;
    core::DeviceEvent event;
    std::string ip_address;  ///< empty: none, stored as null
    core::Timestamp created_at;
};
void insert_event(Transaction& transaction, const EventRow& row);

struct AuditRow {
    std::string id;
    std::optional<std::string> organization_id;
    std::optional<std::string> user_id;  ///< empty: the service key or the server itself
    std::string event;
    boost::json::object details;
    core::Timestamp created_at;
};
void insert_audit(Transaction& transaction, const AuditRow& row);

/// What may be listed: everything, one organisation, one owner's devices, or one device's history.
struct HistoryFilter {
    std::optional<std::string> organization_id;
    std::optional<std::string> user_id;
    std::optional<std::string> device_id;
    std::optional<std::string> before_id;  ///< the cursor: ids are time-ordered
    int limit = 50;
};

struct ListedEvent {
    std::string id, device_id, event_type, details, created_at;
    std::optional<std::string> ip_address;
    bool archived = false;  ///< its device row is gone
};
/// Newest first, live and archived together.
std::vector<ListedEvent> list_events(Transaction& transaction, const HistoryFilter& filter);

struct ListedAudit {
    std::string id, event, details, created_at;
    std::optional<std::string> organization_id, user_id;
};
std::vector<ListedAudit> list_audit(Transaction& transaction, const HistoryFilter& filter);

}  // namespace muster::store
