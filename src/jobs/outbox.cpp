// Claim, call, finish or postpone.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/outbox.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/network_connections.hpp"
#include "app/upkeep.hpp"
#include "base/log.hpp"
#include "jobs/targets.hpp"
#include "networks/side_by_side.hpp"

namespace muster::jobs {

namespace {

namespace asio = boost::asio;

/// Deletes the key, and the node of a device that was quick enough to use it.
asio::awaitable<core::Result<void>> revoke_key(networks::Network& network, std::string key_id,
                                               networks::Deadline deadline) {
    auto revoked = co_await network.revoke_key(key_id, deadline);
    if (!revoked) co_return revoked;
    networks::NodeQuery query;
    query.key_id = key_id;
    const auto node = co_await network.find_node(std::move(query), deadline);
    if (!node) co_return std::unexpected(node.error());
    if (!*node) co_return core::Result<void>{};
    co_return co_await network.remove_node((*node)->sighting.node_id, deadline);
}

asio::awaitable<core::Result<void>> carry_out(networks::Network& network,
                                              const store::NetworkJob& job,
                                              networks::Deadline deadline) {
    switch (job.kind) {
        case store::JobKind::remove_node:
            co_return co_await network.remove_node(job.target, deadline);
        case store::JobKind::revoke_key:
            co_return co_await revoke_key(network, job.target, deadline);
    }
    std::unreachable();
}

asio::awaitable<void> settle(Tools& tools, const OutboxOptions& options,
                             const store::NetworkJob& job, const core::Result<void>& outcome) {
    tools.metrics.add(base::Metric::network_job_attempts,
                      {to_text(job.kind), outcome ? "ok" : "failed"});
    if (outcome) {
        const app::Context context = tools.context();
        auto finish = [&](store::Transaction& transaction) {
            return app::finish_job(transaction, context, job);
        };
        const auto finished = co_await tools.store.write(finish);
        // Not recorded: cancelled meanwhile, or so late that another worker has the job.
        const bool recorded = finished && *finished;
        base::log(recorded ? base::LogLevel::info : base::LogLevel::warning, "network_job_done",
                  {{"job_id", job.id},
                   {"kind", to_text(job.kind)},
                   {"device_id", job.device_id},
                   {"recorded", recorded}});
        co_return;
    }
    const std::string error(core::word_of(outcome.error().code));
    const core::Timestamp next =
        tools.clock.now() + wait_after(options.backoff, job.attempts, tools.random);
    auto postpone = [&](store::Transaction& transaction) {
        return app::postpone_job(transaction, job, next, error);
    };
    const auto postponed = co_await tools.store.write(postpone);
    base::log(base::LogLevel::warning, "network_job_postponed",
              {{"job_id", job.id},
               {"kind", to_text(job.kind)},
               {"device_id", job.device_id},
               {"attempts", std::int64_t{job.attempts}},
               {"error", error},
               {"recorded", postponed && *postponed}});
}

/// Jobs of one network that were claimed together.
struct Batch {
    std::optional<networks::Connector> connector;  ///< empty: its credentials are not to be had
    std::vector<store::NetworkJob> jobs;
};

bool has_timed_out(const core::Result<void>& outcome) {
    return !outcome && outcome.error().code == core::Code::network_timeout;
}

/// One network's share of a round.
struct Delivery {
    Tools& tools;
    const OutboxOptions& options;
    std::chrono::steady_clock::time_point claimed_at;
    std::shared_ptr<networks::Network> network = {};  ///< null: it cannot be asked
    std::size_t begun = 0;
    core::Result<void> timeout = {};  ///< the first one; the others are not tried then
};

asio::awaitable<void> deliver_one(Delivery& delivery, const store::NetworkJob& job) {
    const auto deadline = std::chrono::steady_clock::now() + delivery.options.call_timeout;
    const bool is_first = delivery.begun++ == 0;
    // What the lease leaves no time for is due again when it ends.
    if (!is_first && deadline > delivery.claimed_at + delivery.options.lease) co_return;
    core::Result<void> outcome = delivery.timeout;
    if (!delivery.network || delivery.network->name() != job.network) {
        outcome = core::fail(core::Code::network_not_configured);
    } else if (outcome) {
        outcome = co_await carry_out(*delivery.network, job, deadline);
    }
    if (has_timed_out(outcome)) delivery.timeout = outcome;
    co_await settle(delivery.tools, delivery.options, job, outcome);
}

asio::awaitable<void> deliver(Delivery delivery, const Batch& batch) {
    if (batch.connector) delivery.network = delivery.tools.networks.get(*batch.connector);
    std::vector<networks::SideTask> tasks;
    for (const store::NetworkJob& job : batch.jobs) {
        const store::NetworkJob* const one = &job;
        tasks.emplace_back([&delivery, one] { return deliver_one(delivery, *one); });
    }
    co_await networks::run_side_by_side(std::move(tasks), delivery.options.at_once);
}

struct Claim {
    int count = 0;
    std::map<std::string, Batch> batches;  ///< by connection; "" is the server's own network
};

core::Result<Claim> claim_batches(store::Transaction& transaction, const app::Context& context,
                                  const OutboxOptions& options) {
    const auto jobs = app::claim_jobs(transaction, context, options.lease, options.batch);
    if (!jobs) return std::unexpected(jobs.error());
    Claim claim;
    claim.count = static_cast<int>(jobs->size());
    for (const store::NetworkJob& job : *jobs) {
        const auto [batch, is_new] = claim.batches.try_emplace(job.connection_id.value_or(""));
        if (is_new) {
            batch->second.connector = app::find_connector(transaction, context, job.connection_id);
        }
        batch->second.jobs.push_back(job);
    }
    return claim;
}

}  // namespace

asio::awaitable<int> deliver_due_jobs(Tools& tools, const OutboxOptions& options) {
    const app::Context context = tools.context();
    auto claim = [&](store::Transaction& transaction) {
        return claim_batches(transaction, context, options);
    };
    const auto claimed = co_await tools.store.write(claim);
    if (!claimed) co_return 0;
    const auto claimed_at = std::chrono::steady_clock::now();
    std::vector<networks::SideTask> tasks;
    for (const auto& [connection, batch] : claimed->batches) {
        const Batch* const one = &batch;
        tasks.emplace_back([&tools, &options, one, claimed_at] {
            return deliver(Delivery{tools, options, claimed_at}, *one);
        });
    }
    co_await networks::run_side_by_side(std::move(tasks), options.networks);
    co_return claimed->count;
}

}  // namespace muster::jobs
