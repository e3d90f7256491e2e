// How handlers ask a network: through which connector, and until when. A network is asked between
// transactions, never in one.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "api/router.hpp"
#include "networks/network.hpp"

namespace muster::api {

/// The setting network_timeout, cut short by the request's own deadline.
networks::Deadline network_deadline(const Call& call);

/// Hold it until the call's answer is there. Fails: network_not_configured (the server's own, and
/// there is none).
core::Result<std::shared_ptr<networks::Network>> open_network(Call& call,
                                                              const networks::Connector& connector);

/// For the metric network_calls. `name`: the call's, static text.
void count_network_call(Call& call, const networks::Network& network, std::string_view name,
                        bool is_ok);

/// Fails as open_network() and networks::Network do.
boost::asio::awaitable<core::Result<std::vector<networks::Node>>> list_network_nodes(
    Call& call, networks::Connector connector);

}  // namespace muster::api
