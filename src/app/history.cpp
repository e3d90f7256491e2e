// Events and audit rows get their ids, their times and their address here.
// SPDX-License-Identifier: Apache-2.0
#include "app/history.hpp"

#include "store/history.hpp"

namespace muster::app {

void record_events(store::Transaction& transaction, const Context& context,
                   const std::string& device_id, std::span<const core::DeviceEvent> events) {
    core::Timestamp at = context.now;
    for (const core::DeviceEvent& event : events) {
        store::insert_event(transaction, {base::make_uuid(context.random, at), device_id, event,
                                          context.caller.ip_address, at});
        at += std::chrono::microseconds(1);
    }
}

void act_for_caller(store::Transaction& transaction, const Context& context) {
    transaction.act_as({"server", context.caller.user_id});
}

void record_audit(store::Transaction& transaction, const Context& context,
                  const std::optional<std::string>& organization_id, std::string event,
                  boost::json::object details) {
    std::optional<std::string> user_id;
    if (context.caller.kind == core::Caller::Kind::user) user_id = context.caller.user_id;
    store::insert_audit(transaction, {new_id(context), organization_id, std::move(user_id),
                                      std::move(event), std::move(details), context.now});
}

}  // namespace muster::app
