// Joins a NetBird network with the program `netbird`.
//
// A device whose service is connected is never moved to another network: `look` says so. One that
// was a peer once, and is disconnected now, cannot be told from one that never was. NetBird keeps
// the address of the last management service, so it is always named, the public one too: a key
// must not be shown to somebody else's. The key reaches the client as a file, never as a word.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/client_command.hpp"

namespace muster::agent {

/// What `netbird status --json` says, as far as it matters here.
struct NetbirdStatus {
    std::string state;             ///< "NeedsLogin", "Idle", "Connecting", "Connected", ...
    std::string management_url;    ///< empty: not told
    std::string management_error;  ///< empty: none
    bool is_managed = false;       ///< its management service knows it
};

/// Also of the text in which it says, even when asked for JSON, that it needs a login.
NetbirdStatus parse_netbird_status(std::string_view text);

class NetbirdClient final : public NetworkClient {
public:
    explicit NetbirdClient(const ClientPrograms& programs);

    std::expected<Standing, JoinFailure> look(const Pace& pace) override;
    std::expected<void, JoinFailure> join(const JoinPlan& plan, const Pace& pace) override;

private:
    std::expected<NetbirdStatus, JoinFailure> status(const Pace& pace, bool is_patient) const;
    std::expected<void, JoinFailure> bring_up(const JoinPlan& plan, const Pace& pace) const;

    ClientCommand m_command;
};

}  // namespace muster::agent
