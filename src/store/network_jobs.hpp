// Table network_jobs: the outbox. What must still happen on a network, written in the transaction
// that made it necessary, delivered by jobs/outbox.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.hpp"
#include "store/transaction.hpp"

namespace muster::store {

enum class JobKind {
    remove_node,  ///< target: the node's id
    revoke_key,   ///< target: the key's id; removes the node that used it, too
};
std::string_view to_text(JobKind kind);

struct NetworkJob {
    std::string id;
    std::string device_id;  ///< the row may be gone
    std::optional<std::string> organization_id;
    std::string network;
    std::optional<std::string> connection_id = {};  ///< empty: the server's own network
    JobKind kind = JobKind::remove_node;
    std::string target;
    std::string state = "waiting";  ///< waiting, done, cancelled, failed
    int attempts = 0;
    core::Timestamp next_attempt_at;
    std::optional<std::string> last_error;
    core::Timestamp created_at;
    std::optional<core::Timestamp> finished_at;
};

void insert_job(Transaction& transaction, const NetworkJob& job);

/// Takes up to `limit` jobs that are due, in order of their age: counts an attempt and leases each
/// until `now + lease`, so that a worker that dies leaves them due again. Workers that claim at the
/// same moment get different jobs, and none waits for another.
std::vector<NetworkJob> claim_jobs(Transaction& transaction, core::Timestamp now,
                                   std::chrono::milliseconds lease, int limit);
/// `job` as it was claimed. False: it was cancelled or finished meanwhile, or its lease ended and
/// another worker has it.
bool finish_job(Transaction& transaction, const NetworkJob& job, std::string_view state,
                core::Timestamp now);
bool retry_job(Transaction& transaction, const NetworkJob& job, core::Timestamp next_attempt_at,
               std::string_view error);

/// Cancels the device's jobs that were never attempted. Returns how many.
int cancel_untried_jobs(Transaction& transaction, std::string_view device_id, core::Timestamp now);

std::vector<NetworkJob> list_jobs(Transaction& transaction, std::string_view device_id);
std::int64_t count_waiting_jobs(Transaction& transaction);
std::int64_t count_waiting_jobs_of(Transaction& transaction, std::string_view connection_id);
/// Those of the server's own network.
std::int64_t count_waiting_jobs_of_server(Transaction& transaction);

}  // namespace muster::store
