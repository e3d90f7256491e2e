// Use cases of the background jobs: what time and the networks do to devices. They run for the
// server itself; each is one transaction on one device, so that a long list never blocks writers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "store/memberships.hpp"
#include "store/network_jobs.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Devices that a sweep must look at; at most `limit` of each kind.
struct Overdue {
    std::vector<std::string> expired_tokens;
    std::vector<std::string> silent_devices;
};
core::Result<Overdue> list_overdue(store::Transaction& transaction, const Context& context,
                                   int limit);

/// Each answers true if the device changed; a device that is gone, or was quicker, did not.
core::Result<bool> expire_device_token(store::Transaction& transaction, const Context& context,
                                       const std::string& device_id);
core::Result<bool> mark_silent(store::Transaction& transaction, const Context& context,
                               const std::string& device_id);
core::Result<int> forget_spent_tokens(store::Transaction& transaction, const Context& context);

/// Of a database that several servers share. Returns how many buckets went.
core::Result<int> forget_attempts(store::Transaction& transaction);

/// Memberships that the network should list, in pages by device id.
core::Result<std::vector<store::Membership>> list_members(store::Transaction& transaction,
                                                          const std::string& network,
                                                          const std::string& after_device_id,
                                                          int limit);
/// The network lists the device's node: address, last seen, trust. True if anything worth an event
/// happened.
core::Result<bool> see_member(store::Transaction& transaction, const Context& context,
                              const std::string& device_id, const core::NodeSighting& node);
/// The network lists a node of no confirmed device: if a pending device's key made it, its
/// enrolment is completed (the device asked nobody, or the answer was lost). True if so.
core::Result<bool> adopt_node(store::Transaction& transaction, const Context& context,
                              const core::NodeSighting& node, const std::string& key_id);
/// The network does not list the device's node any more.
core::Result<bool> miss_member(store::Transaction& transaction, const Context& context,
                               const std::string& device_id, const std::string& node_id);

core::Result<std::vector<store::NetworkJob>> claim_jobs(store::Transaction& transaction,
                                                        const Context& context,
                                                        std::chrono::milliseconds lease, int limit);
/// The network did what the job asked: the membership goes, the evidence goes, an event stays.
/// False, and nothing of that: another worker has the job by now. The same of postpone_job.
core::Result<bool> finish_job(store::Transaction& transaction, const Context& context,
                              const store::NetworkJob& job);
core::Result<bool> postpone_job(store::Transaction& transaction, const store::NetworkJob& job,
                                core::Timestamp next_attempt_at, const std::string& error);

}  // namespace muster::app
