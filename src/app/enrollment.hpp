// Use cases that bring a device onto the roster (contract section 3, the first five actions).
// Input has been checked for form by api/; these check rights and rules.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "networks/connection.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct NewDevice {
    std::optional<std::string> user_id = {};          ///< whose; the caller's own when empty
    std::optional<std::string> organization_id = {};  ///< the owner's when empty
    std::string device_name;
    std::string device_type = "laptop";
    std::optional<std::string> os = {};
    std::optional<base::Secret<std::string>> network_key = {};
};

struct IssuedToken {
    std::string device_id;
    base::Secret<std::string> token;
    core::Timestamp expires_at;
    bool has_network_key = false;  ///< a network key is there, or will be made when it is needed
};

/// Fails: authorization_required, missing_field (the service key has no device of its own),
/// permission_denied (another's device without being their admin), user_not_found,
/// organization_not_found.
core::Result<IssuedToken> create_pending_device(store::Transaction& transaction,
                                                const Context& context, const NewDevice& input);

/// The same for oneself, from an app that shows a QR code. Fails: authorization_required,
/// permission_denied (the service key).
core::Result<IssuedToken> generate_token(store::Transaction& transaction, const Context& context,
                                         const NewDevice& input);

struct SilentEnrollment {
    std::string fingerprint;
    std::string device_name;
    std::string device_type = "laptop";
    std::optional<std::string> os = {};
};
struct EnrolledDevice {
    std::string device_id;
    core::DeviceStatus status = core::DeviceStatus::active;
    bool already_enrolled = false;
};
/// Fails: authorization_required, permission_denied (the service key), fingerprint_in_use,
/// device_revoked.
core::Result<EnrolledDevice> enroll(store::Transaction& transaction, const Context& context,
                                    const SilentEnrollment& input);

struct Verification {
    base::Secret<std::string> token;
    core::TokenValidation facts;
    /// What the device will call itself on its network. The first one counts: who could name
    /// another one later could claim somebody else's node.
    std::optional<std::string> hostname = {};
};
struct VerifiedDevice {
    std::string device_id;
    std::string device_name;
    std::optional<std::string> organization_name;
    std::optional<base::Secret<std::string>> network_key;
    std::vector<std::string> tags;
    std::optional<std::string> group;
    core::Timestamp expires_at;
    std::string network = "none";
    std::string network_url = {};  ///< what its client logs in to; empty: the public service
    std::optional<std::string> announced_hostname = {};  ///< lower case
    std::optional<networks::Connector> connector = {};   ///< whose API makes or made the key
    /// The network's API must still be asked for a key: call it, then keep_network_key().
    bool needs_key = false;
};
/// Binds the token to the fingerprint. Of concurrent calls with different fingerprints one wins.
/// Fails: invalid_token, token_expired, token_bound, fingerprint_in_use, permission_denied (signed
/// in as somebody else).
core::Result<VerifiedDevice> verify(store::Transaction& transaction, const Context& context,
                                    const Verification& input);

struct MadeKey {
    std::string network;
    std::string key_id;
    base::Secret<std::string> secret;
    core::Timestamp expires_at;
};
/// Keeps the key that was made for a verified device and returns the one that is in force: the
/// first, when two calls raced; the later one is then revoked by a job. Empty: the device is no
/// longer pending, and the key is revoked by a job.
core::Result<std::optional<base::Secret<std::string>>> keep_network_key(
    store::Transaction& transaction, const Context& context, const VerifiedDevice& device,
    const MadeKey& key);

}  // namespace muster::app
