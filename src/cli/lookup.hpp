// What people type instead of an id: a device's name or the start of its id, a user's e-mail.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/api_client.hpp"

namespace muster::cli {

/// The id of the device. Fails: none; several, which the message lists.
Outcome<std::string> find_device_id(const ApiClient& api, const std::string& typed);

/// The id of the user with that id or e-mail address. Fails: none.
Outcome<std::string> find_user_id(const ApiClient& api, const std::string& typed);

}  // namespace muster::cli
