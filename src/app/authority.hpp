// Who the caller is to the thing that is asked for. A device that the caller may not see is not
// found, rather than forbidden: its existence is nobody else's business.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "app/context.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// A caller with credentials: a person with a profile, or the service key.
struct Authority {
    std::optional<core::Profile> profile;  ///< empty: the service key, which may do everything

    bool is_service() const { return !profile; }
    bool is_global() const { return is_service() || profile->role == core::Role::global_admin; }
    bool administers(const std::optional<std::string>& organization_id) const {
        return is_service() || core::administers(*profile, organization_id);
    }
    bool may_audit(const std::optional<std::string>& organization_id) const {
        return is_service() || core::may_audit(*profile, organization_id);
    }
    bool owns(const core::Device& device) const {
        return profile && profile->user_id == device.user_id;
    }
    /// For events and audit rows: the user's id, or "service_role".
    std::string name() const { return profile ? profile->user_id : "service_role"; }
    std::optional<std::string> user_id() const {
        return profile ? std::optional(profile->user_id) : std::nullopt;
    }
};

/// Fails: authorization_required (no credentials), invalid_authentication (the user is gone).
core::Result<Authority> get_authority(store::Transaction& transaction, const Context& context);

/// As what the authority may change that device. Fails: device_not_found.
core::Result<core::Actor> get_actor(const Authority& authority, const core::Device& device);

}  // namespace muster::app
