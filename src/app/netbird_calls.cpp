// One audit row a call.
// SPDX-License-Identifier: Apache-2.0
#include "app/netbird_calls.hpp"

#include "app/authority.hpp"
#include "app/history.hpp"
#include "store/network_connections.hpp"

namespace muster::app {

core::Result<void> record_netbird_call(store::Transaction& transaction, const Context& context,
                                       const networks::Connector& connector,
                                       const NetBirdCallRecord& call) {
    const auto authority = get_authority(transaction, context);
    if (!authority) return std::unexpected(authority.error());
    std::optional<std::string> organization;
    if (authority->profile) organization = authority->profile->organization_id;
    if (!connector.id.empty()) {
        const auto connection = store::find_connection(transaction, connector.id);
        if (connection) organization = connection->organization_id;
    }
    boost::json::object details{{"method", call.method},
                                {"path", call.path},
                                {"status", call.status},
                                {"duration_ms", call.duration.count()}};
    if (!connector.id.empty()) details["connection_id"] = connector.id;
    record_audit(transaction, context, organization, "netbird_api_call", std::move(details));
    return {};
}

}  // namespace muster::app
