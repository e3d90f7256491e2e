// One function for what happened, one for what to do: each a table in the shape of a switch.
// SPDX-License-Identifier: Apache-2.0
#include "agent/join_failure.hpp"

#include <utility>

namespace muster::agent {
namespace {

constexpr const char* again = "then run the same command again; the token is still good";

std::string what(JoinFault fault, const ClientNames& names) {
    const std::string network(names.network);
    const std::string service(names.service);
    const std::string program(names.program);
    switch (fault) {
        case JoinFault::client_missing:
            return "the program " + program + ", which joins " + network + ", is not there";
        case JoinFault::service_down: return service + " is not running";
        case JoinFault::not_allowed: return "this user may not steer " + service;
        case JoinFault::key_refused: return network + " refused the key";
        case JoinFault::clock_off:
            return "a certificate on the way to " + network +
                   " is out of date by this device's clock";
        case JoinFault::unreachable: return "the control server of " + network + " does not answer";
        case JoinFault::not_approved:
            return "the device has joined " + network + " and waits for approval";
        case JoinFault::client_too_old: return "this " + program + " is too old";
        case JoinFault::own_settings:
            return program + " has settings of its own on this device that joining would undo";
        case JoinFault::other_network:
            return "this device is on a network of " + program + " already";
        case JoinFault::no_key: return "the server made no key for " + network;
        case JoinFault::no_address: return "the server does not say where its " + network + " is";
        case JoinFault::timed_out: return program + " did not join " + network + " in time";
        case JoinFault::interrupted: return "interrupted";
        case JoinFault::failed: return program + " could not join " + network;
    }
    std::unreachable();
}

std::string what_next(JoinFault fault, const ClientNames& names) {
    const std::string program(names.program);
    const std::string once_more = std::string(", ") + again;
    switch (fault) {
        case JoinFault::client_missing:
            return "install the package " + program + " (from its makers or your distribution), " +
                   "start its service with `" + std::string(names.start) + "`" + once_more;
        case JoinFault::service_down:
            return "start it with `" + std::string(names.start) + "`" + once_more;
        case JoinFault::not_allowed: return std::string(names.allow);
        case JoinFault::key_refused:
            return "run the same command again: for a key that is used up or expired the server "
                   "makes a new one. If that is refused too, ask an administrator for a new token "
                   "(`muster token create`)";
        case JoinFault::clock_off:
            return "compare `date` with a clock you trust and set it (`timedatectl set-ntp true`)" +
                   once_more +
                   ". If the clock is right, the server's certificate is not: tell an "
                   "administrator";
        case JoinFault::unreachable:
            return "is this device online, and may it reach that server? Then run the same command "
                   "again; the token is still good";
        case JoinFault::not_approved: return std::string(names.approval) + ", " + again;
        case JoinFault::client_too_old: return "update the package " + program + once_more;
        case JoinFault::own_settings:
            return "put them back with `" + program + " set`, or forget them all with `" +
                   std::string(names.forget) + "`" + once_more;
        case JoinFault::other_network:
            return "leave that network with `" + std::string(names.forget) +
                   "` if this device belongs to this organization now" + once_more;
        case JoinFault::no_key:
        case JoinFault::no_address:
            return "an administrator must complete the server's settings of this network" +
                   once_more;
        case JoinFault::timed_out:
            return "give it longer with --timeout; `" + program + " status` says how it is";
        case JoinFault::interrupted: return "the token is still good";
        case JoinFault::failed: return "`" + program + " status` may say more" + once_more;
    }
    std::unreachable();
}

}  // namespace

const ClientNames tailscale_names{
    "Tailscale",
    "tailscale",
    "tailscaled",
    "sudo systemctl enable --now tailscaled",
    "run the command as root (sudo), or allow this user once: "
    "`sudo tailscale set --operator=$USER`; the token is still good",
    "tailscale logout",
    "an administrator of the tailnet approves it in Tailscale's admin console under Machines",
};

const ClientNames headscale_names{
    "Headscale",
    "tailscale",
    "tailscaled",
    "sudo systemctl enable --now tailscaled",
    tailscale_names.allow,
    "tailscale logout",
    "an administrator of the Headscale server approves it there",
};

const ClientNames netbird_names{
    "NetBird",
    "netbird",
    "NetBird's service",
    "sudo netbird service install && sudo netbird service start",
    "run the command as root (sudo); the token is still good",
    "netbird deregister",
    "an administrator of the NetBird account approves it in the dashboard under Peers",
};

std::string_view word_of(JoinFault fault) {
    switch (fault) {
        case JoinFault::client_missing: return "client_missing";
        case JoinFault::service_down: return "service_down";
        case JoinFault::not_allowed: return "not_allowed";
        case JoinFault::key_refused: return "key_refused";
        case JoinFault::clock_off: return "clock_off";
        case JoinFault::unreachable: return "unreachable";
        case JoinFault::not_approved: return "not_approved";
        case JoinFault::client_too_old: return "client_too_old";
        case JoinFault::own_settings: return "own_settings";
        case JoinFault::other_network: return "other_network";
        case JoinFault::no_key: return "no_key";
        case JoinFault::no_address: return "no_address";
        case JoinFault::timed_out: return "timed_out";
        case JoinFault::interrupted: return "interrupted";
        case JoinFault::failed: return "failed";
    }
    std::unreachable();
}

JoinFailure explain(JoinFault fault, const ClientNames& names, std::string_view said) {
    std::string message = what(fault, names);
    if (!said.empty()) message.append(": ").append(said);
    return {fault, std::move(message), what_next(fault, names)};
}

}  // namespace muster::agent
