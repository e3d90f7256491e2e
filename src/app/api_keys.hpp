// Which API keys are in force.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// "anon" or "service_role"; empty: no such key, or revoked. `digest`: SHA-256, hex. Reads only.
core::Result<std::optional<std::string>> find_api_key_role(store::Transaction& transaction,
                                                           std::string_view digest);

}  // namespace muster::app
