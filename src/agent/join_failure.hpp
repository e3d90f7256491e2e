// Why a device did not get onto its network, and what its person does next. The words stand in
// docs/how-to/enroll-a-device.md, too.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace muster::agent {

enum class JoinFault {
    client_missing,
    service_down,
    not_allowed,  ///< the client's service does not obey this user
    key_refused,
    clock_off,
    unreachable,   ///< the network's control server
    not_approved,  ///< joined, but somebody has to let the device in
    client_too_old,
    own_settings,   ///< joining would undo settings of the client's
    other_network,  ///< the device is on one already that this enrolment did not bring it onto
    no_key,         ///< the server made none
    no_address,     ///< the server does not say where the network is
    timed_out,
    interrupted,
    failed,  ///< for none of the reasons above
};

/// "client_missing", ...: for scripts.
std::string_view word_of(JoinFault fault);

struct JoinFailure {
    JoinFault fault;
    std::string message;  ///< what happened, for people
    std::string hint;     ///< what to do about it
};

/// What the sentences about one client need.
struct ClientNames {
    std::string_view network;   ///< "Tailscale"
    std::string_view program;   ///< "tailscale", also the package
    std::string_view service;   ///< "tailscaled"
    std::string_view start;     ///< the command that starts the service
    std::string_view allow;     ///< how a user gets the right to steer it
    std::string_view forget;    ///< the command that makes the client leave its network
    std::string_view approval;  ///< where an administrator approves devices
};

extern const ClientNames tailscale_names;
extern const ClientNames headscale_names;
extern const ClientNames netbird_names;

/// `said`: the client's own words, without secrets; may be empty.
JoinFailure explain(JoinFault fault, const ClientNames& names, std::string_view said);

}  // namespace muster::agent
