// Writes down what a use case did: the device's events and the organisation's audit row.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include <boost/json/object.hpp>

#include "app/context.hpp"
#include "core/device.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Ids and times rise in the order of `events`, so that history reads in the order of its making.
void record_events(store::Transaction& transaction, const Context& context,
                   const std::string& device_id, std::span<const core::DeviceEvent> events);

/// The database itself writes the history of a deletion: this tells it who asked.
void act_for_caller(store::Transaction& transaction, const Context& context);

void record_audit(store::Transaction& transaction, const Context& context,
                  const std::optional<std::string>& organization_id, std::string event,
                  boost::json::object details);

}  // namespace muster::app
