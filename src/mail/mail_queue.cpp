// The thread and its queue.
// SPDX-License-Identifier: Apache-2.0
#include "mail/mail_queue.hpp"

#include "base/log.hpp"

namespace muster::mail {

using base::LogLevel;
using base::Metric;

MailQueue::MailQueue(std::unique_ptr<Transport> transport, QueueOptions options,
                     base::Metrics& metrics)
    : m_transport(std::move(transport)),
      m_options(std::move(options)),
      m_metrics(metrics),
      m_thread([this] { run(); }) {}

MailQueue::~MailQueue() {
    {
        std::unique_lock lock(m_mutex);
        m_stopping = true;
        m_changed.notify_all();
        m_changed.wait_for(lock, m_options.patience, [this] { return m_finished; });
    }
    m_give_up = true;
    m_thread.join();
}

bool MailQueue::has_room() const {
    const std::lock_guard lock(m_mutex);
    return m_waiting.size() < m_options.length_max;
}

bool MailQueue::send(Mail mail) {
    const std::lock_guard lock(m_mutex);
    if (m_stopping || m_waiting.size() >= m_options.length_max) {
        m_metrics.add(Metric::mails, {"dropped"});
        return false;
    }
    m_waiting.push_back(std::move(mail));
    m_changed.notify_all();
    return true;
}

void MailQueue::run() {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [this] { return m_stopping || !m_waiting.empty(); });
        if (m_waiting.empty()) break;
        const Mail mail = std::move(m_waiting.front());
        m_waiting.pop_front();
        lock.unlock();
        deliver(mail);
        lock.lock();
    }
    m_finished = true;
    m_changed.notify_all();
}

void MailQueue::deliver(const Mail& mail) {
    for (std::size_t attempt = 0;; ++attempt) {
        if (m_give_up) {
            m_metrics.add(Metric::mails, {"dropped"});
            return;
        }
        const auto delivered = m_transport->deliver(mail, m_give_up);
        if (delivered) {
            m_metrics.add(Metric::mails, {"sent"});
            return;
        }
        const DeliveryFailure& failure = delivered.error();
        const bool last = failure.is_permanent || attempt >= m_options.pauses.size();
        base::log(
            last ? LogLevel::error : LogLevel::warning, last ? "mail_failed" : "mail_delayed",
            {{"attempt", static_cast<std::int64_t>(attempt) + 1}, {"reason", failure.reason}});
        if (last || !pause(m_options.pauses[attempt])) {
            m_metrics.add(Metric::mails, {"failed"});
            return;
        }
    }
}

bool MailQueue::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(m_mutex);
    return !m_changed.wait_for(lock, time, [this] { return m_stopping; });
}

}  // namespace muster::mail
