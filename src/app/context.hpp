// What every use case is handed beside its input: who asks, what time it is, and the few things of
// the server that rules need. A use case is a plain function of a Transaction; it runs on a storage
// thread, does no other I/O, and its writes are undone as a whole when it refuses.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "core/principal.hpp"
#include "core/timestamp.hpp"
#include "core/trust.hpp"
#include "crypto/sealed.hpp"

namespace muster::app {

/// How accounts come to be and prove who they are.
struct AccountRules {
    bool sign_up = true;      ///< strangers may make themselves an account
    bool autoconfirm = true;  ///< without proof that the address is theirs
    bool email_logins = true;
    bool secure_email_change = true;        ///< both addresses have to agree
    bool require_current_password = false;  ///< to set a new one
    bool require_reauthentication = false;  ///< the same, when the session is older than a day
    std::chrono::seconds code_lifetime = std::chrono::hours(24);
    std::chrono::seconds mail_interval{60};  ///< between two mails of a kind to one person
};

/// Settings that use cases look at; fixed while the server runs.
struct Rules {
    std::string default_network = "none";  ///< the server's network, by its name
    std::string default_network_url = {};  ///< what devices log in to there; empty: public service
    /// A key of that network that every device is handed, where its API makes none.
    std::optional<base::Secret<std::string>> default_network_key = {};
    std::vector<std::string> default_network_tags = {};  ///< of that key, for people to read
    /// Beside the networks' public services: hosts that any organization's admin may connect to.
    std::vector<std::string> network_hosts = {};
    std::chrono::seconds token_lifetime = std::chrono::hours(24);
    std::chrono::seconds session_lifetime = std::chrono::hours(1);  ///< of an access token
    std::chrono::seconds refresh_grace{10};  ///< concurrent refreshes of one session are one
    std::size_t password_length_min = 6;
    core::TrustPolicy trust_policy = {};  ///< of organisations without one of their own
    AccountRules accounts = {};
};

struct Context {
    core::Timestamp now;
    const core::Caller& caller;
    const Rules& rules;
    const crypto::Sealer& sealer;
    base::Random& random;
};

/// A new identifier; identifiers made later sort later.
inline std::string new_id(const Context& context) {
    return base::make_uuid(context.random, context.now);
}

}  // namespace muster::app
