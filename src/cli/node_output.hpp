// How one node of a network is shown: for muster network check and muster device check.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "cli/context.hpp"

namespace muster::cli {

/// `node` as /functions/v1/tailscale-api describes one.
void show_node(const Context& context, const boost::json::object& node);

}  // namespace muster::cli
