// The step of an enrolment that brings the device onto the network: what must be true before the
// network's client may act, and what its failures mean for the enrolment.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>

#include <boost/json/object.hpp>

#include "agent/network_client.hpp"

namespace muster::agent {

/// What the answer to verify says of the network.
struct NetworkOffer {
    std::string network;            ///< "none": no network
    base::Secret<std::string> key;  ///< empty: the server made none
    std::string network_url;        ///< empty: the public service, or the server does not say
};
NetworkOffer read_offer(const boost::json::object& answer);

/// `state`: of this enrolment, as it will be saved; it says where the device is to go.
/// Joins, unless the device is on another network already: one that this enrolment did not bring
/// it onto. Throws std::runtime_error: the state folder cannot be written.
std::expected<void, JoinFailure> join_offered(NetworkClient& client, const NetworkOffer& offer,
                                              const AgentState& state,
                                              const std::filesystem::path& state_folder,
                                              const Pace& pace);

/// A join that failed for no clear reason, on a device whose clock is far from the server's, failed
/// for that one. `ahead`: of the device's clock.
JoinFailure consider_clock(JoinFailure failure, std::chrono::seconds ahead);

}  // namespace muster::agent
