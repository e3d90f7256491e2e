// muster device show: the page about one device.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/api_client.hpp"

namespace muster::cli {

/// `typed` as lookup.hpp takes it.
Outcome<void> show_device(const Context& context, const ApiClient& api, const std::string& typed);

}  // namespace muster::cli
