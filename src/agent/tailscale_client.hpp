// Joins a tailnet with the program `tailscale`: of Tailscale, or of a Headscale server.
//
// A device that is on a tailnet already is never moved to another one: `look` says so, and it is
// its person who logs out. `--reset` is not used: it would put the device's own settings (its exit
// node, its routes, its ssh server) back to the defaults; where some would be lost, the client
// refuses, and that is explained. The key reaches the client as a file, never as a word.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/client_command.hpp"

namespace muster::agent {

/// What `tailscale status --json` says, as far as it matters here.
struct TailscaleStatus {
    std::string state;  ///< "NeedsLogin", "NeedsMachineAuth", "Running", "Stopped", ...
    bool has_node_key = false;
    bool is_offline = false;  ///< says so: its control server does not hear from it
    std::string tailnet;      ///< the name of the one that it is on; empty: none, or not told
    std::string login_error;  ///< why it is not logged in, if it tried; empty: it did not
};

/// Empty: not its JSON.
std::optional<TailscaleStatus> parse_tailscale_status(std::string_view text);

class TailscaleClient final : public NetworkClient {
public:
    /// `names`: Tailscale's or Headscale's.
    TailscaleClient(const ClientNames& names, const ClientPrograms& programs);

    std::expected<Standing, JoinFailure> look(const Pace& pace) override;
    std::expected<void, JoinFailure> join(const JoinPlan& plan, const Pace& pace) override;

private:
    class Watch;

    std::expected<TailscaleStatus, JoinFailure> status(const Pace& pace, bool is_patient) const;
    std::expected<void, JoinFailure> bring_up(const JoinPlan& plan, const Pace& pace) const;
    std::expected<void, JoinFailure> await_approval(const Pace& pace) const;

    ClientCommand m_command;
};

}  // namespace muster::agent
