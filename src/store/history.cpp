// The SQL of device_events, device_events_archive and audit_logs.
// SPDX-License-Identifier: Apache-2.0
#include "store/history.hpp"

#include <boost/json/serialize.hpp>

namespace muster::store {

void insert_event(Transaction& transaction, const EventRow& row) {
    const std::optional<std::string_view> address =
        row.ip_address.empty() ? std::nullopt : std::optional<std::string_view>(row.ip_address);
    transaction.enqueue(R"sql(
        INSERT INTO device_events (id, device_id, event_type, details, ip_address, created_at)
        VALUES ($1, $2, $3, $4, $5, $6))sql",
                        row.id, row.device_id, to_text(row.event.type),
                        boost::json::serialize(row.event.details), address, row.created_at);
}

void insert_audit(Transaction& transaction, const AuditRow& row) {
    transaction.enqueue(R"sql(
        INSERT INTO audit_logs (id, organization_id, user_id, event, details, created_at)
        VALUES ($1, $2, $3, $4, $5, $6))sql",
                        row.id, row.organization_id, row.user_id, row.event,
                        boost::json::serialize(row.details), row.created_at);
}

std::vector<ListedEvent> list_events(Transaction& transaction, const HistoryFilter& filter) {
    std::vector<ListedEvent> events;
    for (const Row& row : transaction.all(
             R"sql(
        SELECT id, device_id, event_type, details, ip_address, created_at, archived FROM (
            SELECT * FROM (
                SELECT e.id, e.device_id, e.event_type, e.details, e.ip_address, e.created_at,
                       0 AS archived
                  FROM device_events e JOIN devices d ON d.id = e.device_id
                 WHERE (d.organization_id = $1 OR $1 IS NULL)
                   AND (d.user_id = $2 OR $2 IS NULL)
                   AND (e.device_id = $3 OR $3 IS NULL)
                   AND (e.id < $4 OR $4 IS NULL)
                 ORDER BY e.id DESC LIMIT $5) AS live
            UNION ALL
            SELECT * FROM (
                SELECT id, device_id, event_type, details, ip_address, created_at, 1 AS archived
                  FROM device_events_archive
                 WHERE (organization_id = $1 OR $1 IS NULL)
                   AND (user_id = $2 OR $2 IS NULL)
                   AND (device_id = $3 OR $3 IS NULL)
                   AND (id < $4 OR $4 IS NULL)
                 ORDER BY id DESC LIMIT $5) AS archive) AS events
         ORDER BY id DESC LIMIT $5)sql",
             filter.organization_id, filter.user_id, filter.device_id, filter.before_id,
             filter.limit)) {
        events.push_back({row.text(0), row.text(1), row.text(2),
                          row.optional_text(3).value_or("{}"), row.text(5), row.optional_text(4),
                          row.boolean(6)});
    }
    return events;
}

std::vector<ListedAudit> list_audit(Transaction& transaction, const HistoryFilter& filter) {
    std::vector<ListedAudit> entries;
    for (const Row& row : transaction.all(R"sql(
             SELECT id, event, details, created_at, organization_id, user_id FROM audit_logs
              WHERE (organization_id = $1 OR $1 IS NULL) AND (id < $2 OR $2 IS NULL)
              ORDER BY id DESC LIMIT $3)sql",
                                          filter.organization_id, filter.before_id, filter.limit)) {
        entries.push_back({row.text(0), row.text(1), row.optional_text(2).value_or("{}"),
                           row.text(3), row.optional_text(4), row.optional_text(5)});
    }
    return entries;
}

}  // namespace muster::store
