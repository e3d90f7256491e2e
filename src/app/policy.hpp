// Which trust policy holds for a device.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/context.hpp"
#include "store/devices.hpp"

namespace muster::app {

/// Its organisation's own, else the server's.
inline const core::TrustPolicy& policy_of(const Context& context,
                                          const store::StoredDevice& device) {
    return device.own_policy ? *device.own_policy : context.rules.trust_policy;
}

}  // namespace muster::app
