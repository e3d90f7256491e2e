// Roles, and what they may do.
// SPDX-License-Identifier: Apache-2.0
#include "core/principal.hpp"

#include <utility>

namespace muster::core {

std::string_view to_text(Role role) {
    switch (role) {
        case Role::user: return "user";
        case Role::support: return "support";
        case Role::org_admin: return "org_admin";
        case Role::global_admin: return "global_admin";
    }
    std::unreachable();
}

std::optional<Role> parse_role(std::string_view text) {
    for (const Role role : {Role::user, Role::support, Role::org_admin, Role::global_admin}) {
        if (to_text(role) == text) return role;
    }
    return std::nullopt;
}

bool administers(const Profile& profile, const std::optional<std::string>& organization_id) {
    if (profile.role == Role::global_admin) return true;
    return profile.role == Role::org_admin && organization_id.has_value() &&
           profile.organization_id == organization_id;
}

bool may_audit(const Profile& profile, const std::optional<std::string>& organization_id) {
    if (administers(profile, organization_id)) return true;
    return profile.role == Role::support && organization_id.has_value() &&
           profile.organization_id == organization_id;
}

}  // namespace muster::core
