// What a server must have before it can answer: a signing key, and the anon and service keys.
// Made once, on the first start; sealed in the database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "app/context.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "crypto/jwt.hpp"
#include "store/transaction.hpp"

namespace muster::app {

struct Installation {
    std::vector<crypto::JwtKey> signing_keys;    ///< newest first
    base::Secret<std::string> anon_key;          ///< a JWT
    base::Secret<std::string> service_role_key;  ///< a JWT
    base::Secret<std::string> publishable_key;   ///< sb_publishable_...: as the anon key
    base::Secret<std::string> secret_key;        ///< sb_secret_...: as the service key
};

/// Newest first. Reads only. Fails: as open_installation.
core::Result<std::vector<crypto::JwtKey>> open_signing_keys(store::Transaction& transaction,
                                                            const Context& context);

/// Makes what is missing and reads the rest. Fails: internal with the detail "sealing key" when
/// what is stored was sealed with a key that the configuration does not have.
core::Result<Installation> open_installation(store::Transaction& transaction,
                                             const Context& context);

}  // namespace muster::app
