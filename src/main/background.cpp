// Rounds of outbox, sweeper and reconciler.
// SPDX-License-Identifier: Apache-2.0
#include "main/background.hpp"

#include "base/log.hpp"
#include "jobs/reconciler.hpp"
#include "jobs/sweeper.hpp"

namespace muster::main {

namespace {

namespace asio = boost::asio;
using base::LogLevel;

asio::awaitable<bool> outbox_round(jobs::Tools& tools, const jobs::OutboxOptions& options) {
    const int delivered = co_await jobs::deliver_due_jobs(tools, options);
    co_return delivered == options.batch;
}

asio::awaitable<bool> sweeper_round(jobs::Tools& tools) {
    const jobs::Swept swept = co_await jobs::sweep(tools);
    if (swept.tokens_expired + swept.devices_inactive > 0) {
        base::log(LogLevel::info, "swept",
                  {{"tokens_expired", std::int64_t{swept.tokens_expired}},
                   {"devices_inactive", std::int64_t{swept.devices_inactive}}});
    }
    const bool full =
        swept.tokens_expired >= jobs::sweep_batch || swept.devices_inactive >= jobs::sweep_batch;
    co_return full;
}

asio::awaitable<bool> reconciler_round(jobs::Tools& tools, std::chrono::milliseconds timeout) {
    if (!tools.network) co_return false;
    const auto result = co_await jobs::reconcile(tools, timeout);
    if (!result) {
        base::log(
            LogLevel::warning, "reconcile_failed",
            {{"network", tools.network->name()}, {"error", core::word_of(result.error().code)}});
    } else if (result->lost + result->adopted > 0) {
        base::log(LogLevel::info, "reconciled",
                  {{"network", tools.network->name()},
                   {"seen", std::int64_t{result->seen}},
                   {"lost", std::int64_t{result->lost}},
                   {"adopted", std::int64_t{result->adopted}},
                   {"unknown", std::int64_t{result->unknown}}});
    }
    co_return false;
}

}  // namespace

Background::Background(asio::any_io_executor executor, const Settings& settings, jobs::Tools tools)
    : m_tools(std::move(tools)),
      m_outbox(executor, "outbox", settings.intervals.outbox,
               [this, &settings] { return outbox_round(m_tools, settings.outbox); }),
      m_sweeper(executor, "sweeper", settings.intervals.sweeper,
                [this] { return sweeper_round(m_tools); }),
      m_reconciler(executor, "reconciler", settings.intervals.reconciler, [this, &settings] {
          return reconciler_round(m_tools, settings.outbox.call_timeout);
      }) {}

void Background::start() {
    m_outbox.start();
    m_sweeper.start();
    m_reconciler.start();
}

void Background::stop() {
    m_outbox.stop();
    m_sweeper.stop();
    m_reconciler.stop();
}

}  // namespace muster::main
