// The SQL of table network_jobs.
// SPDX-License-Identifier: Apache-2.0
#include "store/network_jobs.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace muster::store {

namespace {

NetworkJob job_from(const Row& row) {
    NetworkJob job;
    job.id = row.text(0);
    job.device_id = row.text(1);
    job.organization_id = row.optional_text(2);
    job.network = row.text(3);
    job.kind = row.text(4) == "revoke_key" ? JobKind::revoke_key : JobKind::remove_node;
    job.target = row.text(5);
    job.state = row.text(6);
    job.attempts = static_cast<int>(row.integer(7));
    job.next_attempt_at = row.timestamp(8);
    job.last_error = row.optional_text(9);
    job.created_at = row.timestamp(10);
    job.finished_at = row.optional_timestamp(11);
    job.connection_id = row.optional_text(12);
    return job;
}

std::vector<NetworkJob> jobs_from(const std::vector<Row>& rows) {
    std::vector<NetworkJob> jobs;
    jobs.reserve(rows.size());
    for (const Row& row : rows) jobs.push_back(job_from(row));
    return jobs;
}

}  // namespace

std::string_view to_text(JobKind kind) {
    switch (kind) {
        case JobKind::remove_node: return "remove_node";
        case JobKind::revoke_key: return "revoke_key";
    }
    std::unreachable();
}

void insert_job(Transaction& transaction, const NetworkJob& job) {
    transaction.enqueue(R"sql(
        INSERT INTO network_jobs (id, device_id, organization_id, network, kind, target,
            next_attempt_at, created_at, connection_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql",
                        job.id, job.device_id, job.organization_id, job.network, to_text(job.kind),
                        job.target, job.next_attempt_at, job.created_at, job.connection_id);
}

std::vector<NetworkJob> claim_jobs(Transaction& transaction, core::Timestamp now,
                                   std::chrono::milliseconds lease, int limit) {
    // Materialized: a join that asked twice would lock more rows than it changes.
    const std::string sql = fmt::format(R"sql(
        WITH due (job_id) AS MATERIALIZED (
            SELECT id FROM network_jobs
             WHERE state = 'waiting' AND next_attempt_at <= $1
             ORDER BY next_attempt_at LIMIT $3{})
        UPDATE network_jobs SET attempts = attempts + 1, next_attempt_at = $2
          FROM due WHERE id = job_id
        RETURNING id, device_id, organization_id, network, kind, target, state, attempts,
                  next_attempt_at, last_error, created_at, finished_at,
                  connection_id)sql",
                                        transaction.skip_locked());
    std::vector<NetworkJob> jobs = jobs_from(transaction.all(sql, now, now + lease, limit));
    // RETURNING has no order, and ids that a database's triggers made say little.
    std::ranges::sort(jobs, {}, [](const NetworkJob& job) {
        return std::tie(job.created_at, job.device_id, job.target);
    });
    return jobs;
}

bool finish_job(Transaction& transaction, const NetworkJob& job, std::string_view state,
                core::Timestamp now) {
    return transaction.execute(R"sql(
        UPDATE network_jobs SET state = $3, finished_at = $4, last_error = NULL
         WHERE id = $1 AND attempts = $2 AND state = 'waiting')sql",
                               job.id, job.attempts, state, now) > 0;
}

bool retry_job(Transaction& transaction, const NetworkJob& job, core::Timestamp next_attempt_at,
               std::string_view error) {
    return transaction.execute(R"sql(
        UPDATE network_jobs SET next_attempt_at = $3, last_error = $4
         WHERE id = $1 AND attempts = $2 AND state = 'waiting')sql",
                               job.id, job.attempts, next_attempt_at, error) > 0;
}

int cancel_untried_jobs(Transaction& transaction, std::string_view device_id, core::Timestamp now) {
    return static_cast<int>(transaction.execute(R"sql(
        UPDATE network_jobs SET state = 'cancelled', finished_at = $2
         WHERE device_id = $1 AND state = 'waiting' AND attempts = 0)sql",
                                                device_id, now));
}

std::vector<NetworkJob> list_jobs(Transaction& transaction, std::string_view device_id) {
    return jobs_from(transaction.all(R"sql(
        SELECT id, device_id, organization_id, network, kind, target, state, attempts,
               next_attempt_at, last_error, created_at, finished_at, connection_id
          FROM network_jobs WHERE device_id = $1 ORDER BY created_at, id)sql",
                                     device_id));
}

std::int64_t count_waiting_jobs(Transaction& transaction) {
    return transaction.one("SELECT count(*) FROM network_jobs WHERE state = 'waiting'")->integer(0);
}

std::int64_t count_waiting_jobs_of(Transaction& transaction, std::string_view connection_id) {
    return transaction
        .one("SELECT count(*) FROM network_jobs WHERE state = 'waiting' AND connection_id = $1",
             connection_id)
        ->integer(0);
}

std::int64_t count_waiting_jobs_of_server(Transaction& transaction) {
    return transaction
        .one("SELECT count(*) FROM network_jobs WHERE state = 'waiting' AND connection_id IS NULL")
        ->integer(0);
}

}  // namespace muster::store
