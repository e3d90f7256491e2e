// NetBird's JSON.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/records.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "networks/control_api.hpp"
#include "networks/members.hpp"

namespace muster::networks::netbird {
namespace json = boost::json;
namespace {

constexpr std::string_view trust_group_prefix = "muster-";

std::optional<std::uint64_t> parse_id(std::string_view text) {
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return id;
}

bool is_trust_group(std::string_view name) {
    return name == trust_group(core::TrustLevel::low) ||
           name == trust_group(core::TrustLevel::medium) ||
           name == trust_group(core::TrustLevel::high);
}

NetworkEvent::Kind kind_of(const AuditEvent& event) {
    using Kind = NetworkEvent::Kind;
    struct Row {
        std::string_view code;
        Kind kind;
    };
    static constexpr Row rows[] = {
        {"peer.setupkey.add", Kind::node_joined},     {"peer.user.add", Kind::node_joined},
        {"user.peer.delete", Kind::node_removed},     {"user.peer.login", Kind::node_changed},
        {"peer.login.expire", Kind::node_changed},    {"peer.rename", Kind::node_changed},
        {"peer.ip.update", Kind::node_changed},       {"peer.approve", Kind::node_changed},
        {"peer.approval.revoke", Kind::node_changed}, {"peer.group.add", Kind::node_changed},
        {"peer.group.delete", Kind::node_changed},
    };
    if (is_trust_group(event.group)) return Kind::other;  // our own doing
    const auto* row = std::ranges::find(rows, std::string_view(event.code), &Row::code);
    return row == std::end(rows) ? Kind::other : row->kind;
}

bool names_everybody(const json::value& rule, std::string_view side) {
    const auto groups = list_member(rule, side);
    return std::ranges::any_of(
        groups, [](const json::value& group) { return text_member(group, "name") == everybody; });
}

}  // namespace

Node to_node(const json::value& peer) {
    Node mapped;
    mapped.expired = bool_member(peer, "login_expired");
    mapped.needs_approval = bool_member(peer, "approval_required");
    mapped.name = text_member(peer, "dns_label");
    for (const auto* family : {"ip", "ipv6"}) {
        std::string address = text_member(peer, family);
        if (!address.empty()) mapped.addresses.push_back(std::move(address));
    }
    mapped.user = text_member(peer, "user_id");
    mapped.os = text_member(peer, "os");
    mapped.client_version = text_member(peer, "version");
    mapped.created_at = time_member(peer, "created_at");
    core::NodeSighting& sighting = mapped.sighting;
    sighting.network = "netbird";
    sighting.node_id = id_member(peer, "id");
    // What the client announced when it joined; "hostname" soon becomes the machine's own.
    sighting.hostname = text_member(peer, "name");
    sighting.ip = text_member(peer, "ip");
    for (const json::value& group : list_member(peer, "groups")) {
        std::string name = text_member(group, "name");
        if (name != everybody) sighting.tags.push_back(std::move(name));
    }
    std::ranges::sort(sighting.tags);
    sighting.online = bool_member(peer, "connected") && !mapped.expired && !mapped.needs_approval;
    sighting.last_seen = time_member(peer, "last_seen");
    return mapped;
}

std::string trust_group(core::TrustLevel level) {
    return std::string(trust_group_prefix) + std::string(core::to_text(level));
}

Group to_group(const json::value& group) {
    Group mapped{id_member(group, "id"), text_member(group, "name"), {}, {}};
    for (const json::value& peer : list_member(group, "peers")) {
        mapped.peers.insert(id_member(peer, "id"));
    }
    for (const json::value& resource : list_member(group, "resources")) {
        mapped.resources.push_back(resource);
    }
    return mapped;
}

json::object to_json(const Group& group) {
    json::array peers;
    for (const std::string& peer : group.peers) peers.emplace_back(peer);
    return {{"name", group.name}, {"peers", peers}, {"resources", group.resources}};
}

std::vector<AuditEvent> to_events(const json::value& list) {
    std::vector<AuditEvent> events;
    for (const json::value& entry : elements_of(list)) {
        const auto id = parse_id(id_member(entry, "id"));
        if (!id) continue;
        events.push_back({*id, text_member(entry, "activity_code"),
                          text_member(entry, "initiator_id"), text_member(entry, "target_id"),
                          text_member(member_of(entry, "meta"), "group"),
                          time_member(entry, "timestamp")});
    }
    return events;
}

bool is_join_by_key(const AuditEvent& event) {
    return event.code == "peer.setupkey.add" && !event.initiator_id.empty() &&
           !event.target_id.empty();
}

NetworkEvent to_network_event(const AuditEvent& event) {
    NetworkEvent mapped;
    mapped.kind = kind_of(event);
    mapped.type = event.code;
    mapped.at = event.at;
    if (mapped.kind != NetworkEvent::Kind::other && !event.target_id.empty()) {
        mapped.node_id = event.target_id;
    }
    if (is_join_by_key(event)) mapped.key_id = event.initiator_id;
    return mapped;
}

EventPage page_after(std::string_view cursor, std::span<const AuditEvent> events) {
    std::vector<AuditEvent> sorted(events.begin(), events.end());
    std::ranges::sort(sorted, {}, &AuditEvent::id);
    EventPage page;
    page.cursor = std::to_string(sorted.empty() ? 0 : sorted.back().id);
    const auto after = parse_id(cursor);
    if (!after) return page;
    // The event that the cursor names is shown again, unless too much came after it, or the events
    // were thrown away.
    const bool joins_up = *after == 0 || (!sorted.empty() && sorted.front().id <= *after &&
                                          sorted.back().id >= *after);
    if (!joins_up) {
        NetworkEvent gap;
        gap.type = gap_event;
        page.events.push_back(std::move(gap));
    }
    for (const AuditEvent& event : sorted) {
        if (event.id > *after) page.events.push_back(to_network_event(event));
    }
    return page;
}

std::vector<std::string> missing_rights(const json::value& user, bool writes_groups) {
    struct Right {
        std::string_view module;
        std::string_view operation;
        bool is_needed;
    };
    const Right rights[] = {
        {"peers", "read", true},
        {"peers", "delete", true},
        {"setup_keys", "create", true},
        {"setup_keys", "delete", true},
        {"groups", "read", true},
        {"groups", "create", true},
        {"groups", "update", writes_groups},
        {"events", "read", true},
    };
    std::vector<std::string> missing;
    const json::value& modules = member_of(member_of(user, "permissions"), "modules");
    if (!modules.is_object()) return missing;
    for (const Right& right : rights) {
        const bool is_allowed = bool_member(member_of(modules, right.module), right.operation);
        if (right.is_needed && !is_allowed) {
            missing.push_back(fmt::format("{} {}", right.operation, right.module));
        }
    }
    return missing;
}

bool has_open_policy(const json::value& policies) {
    for (const json::value& policy : elements_of(policies)) {
        if (!bool_member(policy, "enabled")) continue;
        for (const json::value& rule : list_member(policy, "rules")) {
            const bool accepts = text_member(rule, "action") == "accept";
            if (accepts && bool_member(rule, "enabled") && names_everybody(rule, "sources") &&
                names_everybody(rule, "destinations")) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace muster::networks::netbird
