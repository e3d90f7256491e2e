// One function a table and verb: slow, and easy to read beside the contract.
// SPDX-License-Identifier: Apache-2.0
#include "differential/rights.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace muster::differential {

namespace {

/// The asker as the profiles say: no profile, no role and no organisation.
struct Standing {
    bool service = false;
    std::string id;
    std::string organization;
    std::string role;

    bool is_global() const { return role == "global_admin"; }
    bool administers(const std::string& other) const {
        return role == "org_admin" && is_member(other);
    }
    bool is_member(const std::string& other) const {
        return !organization.empty() && organization == other;
    }
};

Standing standing_of(const World& world, const Asker& asker) {
    Standing standing;
    standing.service = asker.kind == Asker::Kind::service;
    if (asker.kind != Asker::Kind::user) return standing;
    standing.id = asker.id;
    const Row* const profile = world.find("profiles", "id", json::string(asker.id));
    if (!profile) return standing;
    standing.role = text_of(*profile, "role");
    standing.organization = text_of(*profile, "organization_id");
    return standing;
}

bool owns(const Standing& me, const Row& device) {
    return !me.id.empty() && text_of(device, "user_id") == me.id;
}

bool sees_device(const Standing& me, const Row& device) {
    return owns(me, device) || me.administers(text_of(device, "organization_id"));
}

bool sees_event(const World& world, const Standing& me, const Row& event) {
    const Row* const device = world.find("devices", "id", cell(event, "device_id"));
    if (!device) return false;
    const std::string organization = text_of(*device, "organization_id");
    return owns(me, *device) || me.administers(organization) ||
           (me.role == "support" && me.is_member(organization));
}

bool sees_person(const Standing& me, const Row& profile) {
    return (!me.id.empty() && text_of(profile, "id") == me.id) ||
           me.is_member(text_of(profile, "organization_id"));
}

bool changed(const Row& old, const Row& now, std::string_view column) {
    return cell(old, column) != cell(now, column);
}

int rank_of(const std::string& trust_level) {
    return trust_level == "low" ? 0 : trust_level == "medium" ? 1 : 2;
}

constexpr std::array fixed_for_owners = {
    "id",
    "user_id",
    "organization_id",
    "fingerprint",
    "enrolled_at",
    "created_at",
    "tailscale_auth_key",
    "tailscale_hostname",
    "tailscale_device_id",
    "tailscale_ip",
};

/// Contract, hole 1: the owner may lower, rename and re-enrol, and nothing else.
bool may_owner_make(const Row& old, const Row& now) {
    const std::string before = text_of(old, "status");
    const std::string after = text_of(now, "status");
    if (rank_of(text_of(now, "trust_level")) > rank_of(text_of(old, "trust_level"))) return false;
    if (before == "revoked" && after != "revoked") return false;
    if (before != after && after != "pending" && after != "inactive") return false;
    return std::ranges::none_of(fixed_for_owners,
                                [&](const char* column) { return changed(old, now, column); });
}

/// A device stays with its organisation's people, unless it is revoked.
bool may_have_owner(const World& world, const Row& device) {
    const Row* const owner = world.find("profiles", "id", cell(device, "user_id"));
    return text_of(device, "status") == "revoked" ||
           (owner && text_of(*owner, "organization_id") == text_of(device, "organization_id"));
}

bool may_update_device(const World& world, const Standing& me, const Row& old, const Row& now) {
    if (me.is_global()) return true;
    const bool kept = !changed(old, now, "organization_id");
    if (me.administers(text_of(old, "organization_id"))) {
        return kept && (owns(me, now) || may_have_owner(world, now));
    }
    return owns(me, old) && kept && may_owner_make(old, now);
}

bool may_insert_device(const World& world, const Standing& me, const Row& device) {
    if (me.is_global()) return true;
    const std::string organization = text_of(device, "organization_id");
    if (me.administers(organization)) {
        const Row* const owner = world.find("profiles", "id", cell(device, "user_id"));
        return owns(me, device) || (owner && text_of(*owner, "organization_id") == organization);
    }
    const bool bare =
        std::ranges::all_of(std::array{"enrolled_at", "tailscale_auth_key", "tailscale_hostname",
                                       "tailscale_device_id", "tailscale_ip"},
                            [&](const char* column) { return cell(device, column).is_null(); });
    return owns(me, device) && bare && text_of(device, "status") == "pending" &&
           text_of(device, "trust_level") == "low" && organization == me.organization;
}

bool may_choose_profile(const Standing& me, const Row& profile) {
    return me.is_global() || text_of(profile, "id") == me.id ||
           me.administers(text_of(profile, "organization_id"));
}

/// An org_admin gives and takes roles below global_admin, also its own away.
bool may_update_profile(const Standing& me, const Row& old, const Row& now) {
    if (changed(old, now, "id") || changed(old, now, "created_at")) return false;
    if (me.is_global()) return true;
    if (changed(old, now, "organization_id")) return false;
    if (!changed(old, now, "role")) return may_choose_profile(me, old);
    return me.administers(text_of(old, "organization_id")) &&
           text_of(old, "role") != "global_admin" && text_of(now, "role") != "global_admin";
}

bool manages(const Standing& me, const Row& config) {
    return me.is_global() || me.administers(text_of(config, "organization_id"));
}

}  // namespace

bool may_see(const World& world, const Asker& asker, std::string_view table, const Row& row) {
    const Standing me = standing_of(world, asker);
    if (me.service || me.is_global()) return true;
    const std::string organization = text_of(row, "organization_id");
    if (table == "organizations") return me.is_member(text_of(row, "id"));
    if (table == "profiles") return sees_person(me, row);
    if (table == "user_roles") {
        const Row* const profile = world.find("profiles", "id", cell(row, "id"));
        return profile && sees_person(me, *profile);
    }
    if (table == "devices") return sees_device(me, row);
    if (table == "device_events") return sees_event(world, me, row);
    if (table == "organization_tailscale_config") return me.administers(organization);
    if (table == "audit_logs") {
        return me.administers(organization) || (me.role == "support" && me.is_member(organization));
    }
    return false;
}

bool may_choose(const World& world, const Asker& asker, std::string_view table, const Row& row) {
    const Standing me = standing_of(world, asker);
    if (!has_grant(asker, table, "update")) return false;
    if (me.service || me.is_global()) return true;
    if (table == "devices") return sees_device(me, row);
    if (table == "profiles") return may_choose_profile(me, row);
    return table == "organization_tailscale_config" && manages(me, row);
}

bool may_update(const World& world, const Asker& asker, std::string_view table, const Row& old,
                const Row& now) {
    const Standing me = standing_of(world, asker);
    if (!may_choose(world, asker, table, old)) return false;
    if (me.service) return true;
    if (table == "devices") return may_update_device(world, me, old, now);
    if (table == "profiles") return may_update_profile(me, old, now);
    if (table == "organization_tailscale_config") return manages(me, old) && manages(me, now);
    return me.is_global();
}

bool may_insert(const World& world, const Asker& asker, std::string_view table, const Row& row) {
    const Standing me = standing_of(world, asker);
    if (!has_grant(asker, table, "insert")) return false;
    if (me.service) return true;
    if (table == "devices") return may_insert_device(world, me, row);
    if (table == "organization_tailscale_config") return manages(me, row);
    return table == "organizations" && me.is_global();
}

bool may_delete(const World& world, const Asker& asker, std::string_view table, const Row& row) {
    const Standing me = standing_of(world, asker);
    if (!has_grant(asker, table, "delete")) return false;
    if (me.service) return true;
    if (table == "devices") return me.is_global() || sees_device(me, row);
    if (table == "organization_tailscale_config") return manages(me, row);
    return table == "organizations" && me.is_global();
}

/// History is written by the system and changed by nobody; a view is read.
bool has_grant(const Asker& asker, std::string_view table, std::string_view verb) {
    if (asker.kind == Asker::Kind::rejected || table == "user_roles") return false;
    const bool history = table == "device_events" || table == "audit_logs";
    return !history || (verb == "insert" && asker.kind == Asker::Kind::service);
}

json::value shown(const Asker& asker, const Column& column, const Row& row) {
    if (column.secret == Secret::digest) return nullptr;
    if (column.secret == Secret::sealed && asker.kind != Asker::Kind::service) return nullptr;
    return cell(row, column.name);
}

}  // namespace muster::differential
