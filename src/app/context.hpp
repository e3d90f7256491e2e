// What every use case is handed beside its input: who asks, what time it is, and the few things of
// the server that rules need. A use case is a plain function of a Transaction; it runs on a storage
// thread, does no other I/O, and its writes are undone as a whole when it refuses.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "base/random.hpp"
#include "core/principal.hpp"
#include "core/timestamp.hpp"
#include "core/trust.hpp"
#include "crypto/sealed.hpp"

namespace muster::app {

/// Settings that use cases look at; fixed while the server runs.
struct Rules {
    std::string default_network = "none";  ///< the server's network: "none" or "simulated"
    std::chrono::seconds token_lifetime = std::chrono::hours(24);
    std::chrono::seconds session_lifetime = std::chrono::hours(1);  ///< of an access token
    std::chrono::seconds refresh_grace{10};  ///< concurrent refreshes of one session are one
    std::size_t password_length_min = 8;
    core::TrustPolicy trust_policy = {};  ///< of organisations without one of their own
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
