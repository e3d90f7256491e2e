// The rounds of each job, and who wakes it.
// SPDX-License-Identifier: Apache-2.0
#include "main/background.hpp"

#include "base/log.hpp"
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

asio::awaitable<bool> reconciler_round(jobs::Reconciler& reconciler) {
    co_await reconciler.round();
    co_return false;
}

asio::awaitable<bool> trust_round(jobs::Tools& tools, const jobs::TrustPushOptions& options) {
    const int told = co_await jobs::push_due_trust(tools, options);
    co_return told >= jobs::trust_push_batch;
}

asio::awaitable<bool> events_round(jobs::EventPoller& poller) {
    co_await poller.round();
    co_return false;
}

/// So many networks that do not answer, or removals that take their time, hold up nobody else.
constexpr int outbox_count = 12;
/// All but one look for jobs when they are woken, and hardly ever besides.
constexpr std::chrono::minutes woken_outbox_interval{10};

}  // namespace

Background::Background(asio::any_io_executor executor, const Settings& settings, jobs::Tools tools)
    : m_tools(std::move(tools)),
      m_call_timeout(settings.outbox.call_timeout),
      m_reconciler(m_tools, settings.intervals.reconciler, m_call_timeout),
      m_events(m_tools, m_call_timeout, [this](const std::string& id) { wake_reconciler(id); }),
      m_sweeper(executor, "sweeper", settings.intervals.sweeper,
                [this] { return sweeper_round(m_tools); }),
      m_reconciling(executor, "reconciler", settings.intervals.reconciler,
                    [this] { return reconciler_round(m_reconciler); }),
      m_trust(executor, "trust_pusher", settings.intervals.trust,
              [this, &settings] { return trust_round(m_tools, settings.trust); }),
      m_polling(executor, "event_poller", settings.intervals.events,
                [this] { return events_round(m_events); }) {
    for (int i = 0; i < outbox_count; ++i) {
        m_outboxes.push_back(std::make_unique<jobs::Loop>(
            executor, "outbox", i == 0 ? settings.intervals.outbox : woken_outbox_interval,
            [this, &settings] { return outbox_round(m_tools, settings.outbox); }));
    }
}

std::vector<jobs::Loop*> Background::loops() {
    std::vector<jobs::Loop*> all{&m_sweeper, &m_reconciling, &m_trust, &m_polling};
    for (const auto& outbox : m_outboxes) all.push_back(outbox.get());
    return all;
}

void Background::start() {
    for (jobs::Loop* loop : loops()) loop->start();
}

void Background::wake_outbox() {
    for (const auto& outbox : m_outboxes) outbox->wake();
}

void Background::wake_reconciler(const std::string& connection_id) {
    m_reconciler.wake(connection_id);
    m_reconciling.wake();
}

void Background::wake_leader() {
    m_sweeper.wake();
    m_reconciling.wake();
    m_trust.wake();
    m_polling.wake();
}

asio::awaitable<core::Result<jobs::Reconciled>> Background::compare(networks::Connector connector) {
    app::ConnectionInUse target;
    target.scope.network = connector.settings.network;
    if (!connector.id.empty()) target.scope.connection_id = connector.id;
    target.connector = std::move(connector);
    // Somebody asked this server: whether it leads does not matter.
    jobs::Tools asked{m_tools.store, m_tools.clock,  m_tools.random,  m_tools.metrics,
                      m_tools.rules, m_tools.sealer, m_tools.networks};
    co_return co_await jobs::reconcile(asked, target, m_call_timeout);
}

void Background::stop() {
    for (jobs::Loop* loop : loops()) loop->stop();
}

}  // namespace muster::main
