// What a tested connection to a network says of itself, the same after add, change and test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "cli/context.hpp"

namespace muster::cli {

/// Nothing where the connection was not tested.
void show_probe(const Context& context, const boost::json::object& probe);

}  // namespace muster::cli
