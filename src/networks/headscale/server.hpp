// One Headscale server: its version, its users, and the calls to it. For keys.cpp and
// headscale.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "networks/authorized_api.hpp"
#include "networks/headscale/headscale.hpp"
#include "networks/headscale/records.hpp"

namespace muster::networks::headscale {

class Server {
public:
    /// `clock` and `random` must outlive it.
    Server(const HeadscaleOptions& options, const base::Clock& clock, base::Random& random);

    /// Kept for some minutes: a server is upgraded while we run.
    boost::asio::awaitable<core::Result<Version>> version(Deadline deadline);
    void forget_version() { m_version.reset(); }
    /// Of the user whose the keys are. Fails: network_refused (none is set; unknown).
    boost::asio::awaitable<core::Result<std::string>> user_id(Deadline deadline);

    AuthorizedApi api;

private:
    std::string m_user;
    const base::Clock& m_clock;
    std::optional<Version> m_version;
    core::Timestamp m_version_read_at{};
};

/// Up to 0.29 a 500 may also mean "not found": a read that follows decides.
bool says_little(const core::Error& error);

}  // namespace muster::networks::headscale
