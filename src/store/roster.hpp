// Lists of devices for people: who has what, how far it is trusted. Called by app/devices.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/transaction.hpp"

namespace muster::store {

/// Every given member must match.
struct RosterFilter {
    std::optional<std::string> organization_id;
    std::optional<std::string> user_id;
    std::optional<std::string> owner;  ///< the owner's id or e-mail address
    std::optional<std::string> name;
    std::optional<std::string> status;
    std::optional<std::string> trust_level;
    std::optional<std::string> before_id;  ///< the cursor: ids are time-ordered
    int limit = 50;
};

struct ListedDevice {
    std::string id, name, device_type, status, trust_level, user_id, user_email, created_at;
    std::optional<std::string> os, organization_id, network, tailscale_hostname, tailscale_ip,
        last_seen, enrolled_at;
};

/// Newest first.
std::vector<ListedDevice> list_devices(Transaction& transaction, const RosterFilter& filter);

/// Devices by status, for /metrics.
std::map<std::string, std::int64_t> count_devices(Transaction& transaction);

}  // namespace muster::store
