// Network keys that are asked for, for a device or for nobody in particular: generate-auth-key of
// contract section 4. The network is asked by the caller between plan_device_key() and
// keep_device_key().
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct DeviceKeyRequest {
    std::optional<std::string> device_id = {};
    std::optional<std::string> connection_id = {};
    std::optional<std::vector<std::string>> tags = {};
    std::optional<std::string> group = {};
};

/// What is to be made, and for whom.
struct DeviceKeyPlan {
    std::optional<std::string> device_id = {};  ///< empty: the key is kept nowhere
    std::optional<std::string> organization_id = {};
    std::string hostname = {};  ///< what the device will probably call itself
    std::string network = {};
    /// Whose API makes the key, or shows the node that used the static one.
    std::optional<networks::Connector> connector = {};
    /// Used as it is: nothing is made.
    std::optional<base::Secret<std::string>> static_key = {};
    std::vector<std::string> tags = {};
    std::optional<std::string> group = {};
    bool has_own_tags = false;  ///< an admin named them
};

/// For the device's owner and its admins; without a device, for admins. The connection named; else
/// the organization's connection to Tailscale; else where any of its devices' keys comes from
/// (network_keys.hpp). Fails: authorization_required, device_not_found, device_revoked,
/// device_not_pending (the network shows its node), permission_denied (tags, group or connection by
/// one who is no admin; on the server's own network also tags, group, or a key without a device by
/// one who is no global admin), network_connection_not_found (also: another organization's than the
/// device's), network_not_configured.
core::Result<DeviceKeyPlan> plan_device_key(store::Transaction& transaction, const Context& context,
                                            const DeviceKeyRequest& request);

struct NewDeviceKey {
    std::optional<std::string> key_id = {};  ///< empty: a static one
    base::Secret<std::string> secret = {};
    std::optional<core::Timestamp> expires_at = {};
};

/// Keeps it, sealed, on the device. An older key is revoked by a job; so is the device's place on
/// the network where its node has gone: it joins anew. Returns a refusal if the device has gone,
/// was revoked or has connected meanwhile: then it is this key that a job revokes, which is why it
/// is no failure.
core::Result<std::optional<core::Code>> keep_device_key(store::Transaction& transaction,
                                                        const Context& context,
                                                        const DeviceKeyPlan& plan,
                                                        const NewDeviceKey& key);

}  // namespace muster::app
