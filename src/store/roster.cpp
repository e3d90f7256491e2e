// The SQL of the roster's lists.
// SPDX-License-Identifier: Apache-2.0
#include "store/roster.hpp"

namespace muster::store {

std::vector<ListedDevice> list_devices(Transaction& transaction, const RosterFilter& filter) {
    std::vector<ListedDevice> devices;
    for (const Row& row : transaction.all(
             R"sql(
        SELECT d.id, d.name, d.device_type, d.status, d.trust_level, d.user_id, u.email,
               d.created_at, d.os, d.organization_id, m.network, d.tailscale_hostname,
               d.tailscale_ip, d.last_seen, d.enrolled_at
          FROM devices d
          JOIN users u ON u.id = d.user_id
          LEFT JOIN network_memberships m ON m.device_id = d.id
         WHERE (d.organization_id = $1 OR $1 IS NULL)
           AND (d.user_id = $2 OR $2 IS NULL)
           AND (CAST(d.user_id AS TEXT) = $3 OR lower(u.email) = lower($3) OR $3 IS NULL)
           AND (d.name = $4 OR $4 IS NULL)
           AND (d.status = $5 OR $5 IS NULL)
           AND (d.trust_level = $6 OR $6 IS NULL)
           AND (d.id < $7 OR $7 IS NULL)
         ORDER BY d.id DESC LIMIT $8)sql",
             filter.organization_id, filter.user_id, filter.owner, filter.name, filter.status,
             filter.trust_level, filter.before_id, filter.limit)) {
        ListedDevice device;
        device.id = row.text(0);
        device.name = row.text(1);
        device.device_type = row.text(2);
        device.status = row.text(3);
        device.trust_level = row.text(4);
        device.user_id = row.text(5);
        device.user_email = row.optional_text(6).value_or("");
        device.created_at = row.text(7);
        device.os = row.optional_text(8);
        device.organization_id = row.optional_text(9);
        device.network = row.optional_text(10);
        device.tailscale_hostname = row.optional_text(11);
        device.tailscale_ip = row.optional_text(12);
        device.last_seen = row.optional_text(13);
        device.enrolled_at = row.optional_text(14);
        devices.push_back(std::move(device));
    }
    return devices;
}

std::map<std::string, std::int64_t> count_devices(Transaction& transaction) {
    std::map<std::string, std::int64_t> counts;
    for (const Row& row : transaction.all("SELECT status, count(*) FROM devices GROUP BY status")) {
        counts.emplace(row.text(0), row.integer(1));
    }
    return counts;
}

}  // namespace muster::store
