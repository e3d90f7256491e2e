// The servers that share one database, as one of them sees the others: who of them does what must
// be done once, and what they have changed that somebody here may remember.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace muster::store {

/// What has changed in the database, whoever changed it.
enum class News {
    leading,       ///< nothing there: this server has begun to lead
    api_keys,      ///< one was made or revoked
    signing_keys,  ///< one was made or retired
    network_jobs,  ///< one was made
    anything,      ///< news may have been missed
};

/// Called on a thread of the store's, which it must not hold up.
using NewsListener = std::function<void(News)>;

class Peers {
public:
    Peers() = default;
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;
    virtual ~Peers() = default;

    /// Of all servers one leads, or none for some seconds. Whoever leads asks again before each
    /// step of what it does. Any thread; waits for nothing.
    virtual bool leads() const = 0;
};

/// The only server of its database: it leads, and there is no news.
const Peers& no_peers();

}  // namespace muster::store
