// The fake's rows as NetBird shows them.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>
#include <fmt/format.h>

#include "fakes/networks/netbird_fake.hpp"

namespace muster::fakes {
namespace json = boost::json;
namespace {

constexpr const char* year_one = "0001-01-01T00:00:00Z";

json::value time_or_year_one(const std::optional<core::Timestamp>& at) {
    return at ? json::value(core::to_json_text(*at)) : json::value(year_one);
}

}  // namespace

json::object NetBirdFake::to_json(const std::string& id, const Key& key, bool whole) const {
    const bool is_expired = key.expires_at && *key.expires_at <= m_clock.now();
    const std::string state = is_expired ? "expired" : key.uses > 0 ? "overused" : "valid";
    json::array groups;
    for (const std::string& group : key.groups) groups.emplace_back(group);
    return {{"id", id},
            {"key", whole ? key.secret : key.secret.substr(0, 5) + "****"},
            {"name", key.name},
            {"expires", time_or_year_one(key.expires_at)},
            {"type", "one-off"},
            {"valid", state == "valid"},
            {"revoked", false},
            {"used_times", key.uses},
            {"last_used", year_one},
            {"state", state},
            {"auto_groups", groups},
            {"updated_at", core::to_json_text(key.made_at)},
            {"usage_limit", 1},
            {"ephemeral", false},
            {"allow_extra_dns_labels", false}};
}

json::object NetBirdFake::to_json(const std::string& id, const Peer& peer) const {
    json::array groups;
    for (const auto& [group_id, group] : m_groups) {
        if (!group.peers.contains(id)) continue;
        groups.push_back(json::object{{"id", group_id}, {"name", group.name}});
    }
    return {{"id", id},
            {"name", peer.hostname},
            {"created_at", core::to_json_text(peer.joined_at)},
            {"ip", fmt::format("100.90.0.{}", std::stoi(id.substr(1)))},
            {"connection_ip", "192.0.2.7"},
            {"connected", peer.connected},
            {"last_seen", time_or_year_one(peer.last_seen)},
            {"os", "Linux 12"},
            {"kernel_version", "6.1.0"},
            {"version", "0.77.1"},
            {"groups", groups},
            {"user_id", peer.user},
            {"hostname", "localhost"},  // the machine's own, whatever it announced
            {"dns_label", peer.hostname + ".netbird.selfhosted"},
            {"login_expired", peer.login_expired},
            {"last_login", year_one},
            {"approval_required", false},
            {"ephemeral", false}};
}

json::object NetBirdFake::to_json(const std::string& id, const Group& group) const {
    json::array peers;
    for (const std::string& peer : group.peers) {
        const auto known = m_peers.find(peer);
        if (known == m_peers.end()) continue;
        peers.push_back(json::object{{"id", peer}, {"name", known->second.hostname}});
    }
    return {{"id", id},
            {"name", group.name},
            {"peers_count", peers.size()},
            {"peers", peers.empty() ? json::value(nullptr) : json::value(peers)},
            {"resources", group.resources},
            {"issued", "api"}};
}

}  // namespace muster::fakes
