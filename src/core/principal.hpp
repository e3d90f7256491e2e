// Who is asking, and what a role may do. Built by api/ from credentials, completed by app/ from the
// caller's profile.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::core {

/// Roles of contract section 1. A role is never taken from what a client sends.
enum class Role { user, support, org_admin, global_admin };

std::string_view to_text(Role role);
std::optional<Role> parse_role(std::string_view text);

/// What the credentials of one request prove. `user_id` is set for `user` only.
struct Caller {
    enum class Kind {
        anonymous,  ///< no credentials, or the anon key
        user,       ///< a signed-in session
        service,    ///< the service key: every organisation, no person
    };
    Kind kind = Kind::anonymous;
    std::string user_id = {};
    std::string session_id = {};
    bool is_foreign = false;      ///< a session of another project: `sessions` does not know it
    std::string claims = {};      ///< the token's, as JSON: what auth.jwt() answers
    std::string ip_address = {};  ///< the client's, after trusted proxies; goes into events
};

/// A signed-in person as the database knows them now (the token's claims may be an hour old).
struct Profile {
    std::string user_id;
    std::optional<std::string> organization_id;
    std::string full_name;
    Role role = Role::user;
};

/// An admin of that organisation: global_admin always, org_admin of the same one only.
bool administers(const Profile& profile, const std::optional<std::string>& organization_id);

/// May read events and the audit log of that organisation: admins, and support of the same one.
bool may_audit(const Profile& profile, const std::optional<std::string>& organization_id);

}  // namespace muster::core
