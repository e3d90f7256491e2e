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

/// Before anything is read or hashed for the caller. Fails: admin_required.
inline core::Result<void> admit_service(const Call& call) {
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
