// One row of network_jobs each.
// SPDX-License-Identifier: Apache-2.0
#include "app/leaving.hpp"

namespace muster::app {

void insert_network_job(store::Transaction& transaction, const Context& context,
                        const std::optional<std::string>& organization_id,
                        const store::Membership& place, store::JobKind kind,
                        const std::string& target) {
    store::NetworkJob job;
    job.id = new_id(context);
    job.device_id = place.device_id;
    job.organization_id = organization_id;
    job.network = place.network;
    job.connection_id = place.connection_id;
    job.kind = kind;
    job.target = target;
    job.next_attempt_at = context.now;
    job.created_at = context.now;
    store::insert_job(transaction, job);
}

void leave_place(store::Transaction& transaction, const Context& context,
                 const std::optional<std::string>& organization_id,
                 const store::Membership& place) {
    if (place.node_id) {
        insert_network_job(transaction, context, organization_id, place,
                           store::JobKind::remove_node, *place.node_id);
    } else if (place.key_id) {
        insert_network_job(transaction, context, organization_id, place, store::JobKind::revoke_key,
                           *place.key_id);
    }
}

}  // namespace muster::app
