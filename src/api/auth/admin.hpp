// Who may administer users. Called by the handlers of /auth/v1/admin.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "api/fields.hpp"
#include "api/router.hpp"
#include "app/admin_users.hpp"
#include "base/random.hpp"

namespace muster::api {

/// Nobody with credentials: GoTrue asks for them first. Fails: authorization_required.
inline core::Result<void> require_bearer(const Call& call) {
    const bool anonymous = call.caller.kind == core::Caller::Kind::anonymous;
    if (!anonymous || !call.request.header("Authorization").empty()) return {};
    return core::fail(core::Code::authorization_required);
}

/// Before anything is read or hashed for the caller. Fails: authorization_required, admin_required.
inline core::Result<void> admit_service(const Call& call) {
    if (auto given = require_bearer(call); !given) return given;
    return app::check_service(call.context());
}

/// The id in the path, lower-cased. Fails: path_id_invalid, naming it.
inline core::Result<std::string> read_auth_id(const Call& call, std::size_t position,
                                              std::string_view name) {
    std::string id = call.path_values.at(position);
    if (!base::is_uuid(id)) return core::fail(core::Code::path_id_invalid, std::string(name));
    return to_lower(std::move(id));
}

}  // namespace muster::api
