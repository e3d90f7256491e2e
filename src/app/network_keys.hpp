// Where a device's network key comes from: its own, its organisation's, or one yet to be made.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/device.hpp"
#include "networks/connection.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// What sealed keys are bound to (crypto/sealed.hpp).
inline constexpr std::string_view device_key_purpose = "devices.tailscale_auth_key";
inline constexpr std::string_view config_key_purpose =
    "organization_tailscale_config.tailscale_auth_key";

struct KeySource {
    std::string network = "none";
    std::optional<base::Secret<std::string>> key = {};
    std::vector<std::string> tags = {};
    bool must_be_made = false;  ///< by the network's API
    /// Whose API makes the key, or shows the node that used it. Empty: nobody's can be asked.
    std::optional<networks::Connector> connector = {};
};

/// The device's key; else one that its organization's default connection makes; else the
/// organization's newest usable static key; else one that the server's network makes; else none. A
/// sealed key that does not open counts as not there; a connection whose credentials do not open
/// makes no key, and nothing takes its place.
KeySource find_key_source(store::Transaction& transaction, const Context& context,
                          const core::Device& device);

}  // namespace muster::app
