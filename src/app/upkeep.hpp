// Use cases of the background jobs: what time and the networks do to devices. They run for the
// server itself; each is one transaction on one device, so that a long list never blocks writers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "core/result.hpp"
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
