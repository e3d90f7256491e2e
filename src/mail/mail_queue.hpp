// Takes mail without blocking and delivers it on a thread of its own, one after the other.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/metrics.hpp"
#include "mail/mail_sender.hpp"
#include "mail/transport.hpp"

namespace muster::mail {

struct QueueOptions {
    std::size_t length_max = 1000;  ///< mails that wait; beyond: send() refuses
    /// Pauses before the second attempt and the following ones; after the last the mail is dropped.
    std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds(1), std::chrono::seconds(5)};
    std::chrono::milliseconds patience = std::chrono::seconds(5);  ///< at the end, for what waits
};

class MailQueue final : public MailSender {
public:
    /// `metrics` must outlive this.
    MailQueue(std::unique_ptr<Transport> transport, QueueOptions options, base::Metrics& metrics);
    /// Delivers what waits, once each, as far as the patience reaches.
    ~MailQueue() override;
    MailQueue(const MailQueue&) = delete;
    MailQueue& operator=(const MailQueue&) = delete;

    bool has_room() const override;
    bool send(Mail mail) override;

private:
    void run();
    void deliver(const Mail& mail);
    /// False: the queue is being taken down.
    bool pause(std::chrono::milliseconds time);

    std::unique_ptr<Transport> m_transport;
    QueueOptions m_options;
    base::Metrics& m_metrics;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Mail> m_waiting;
    bool m_stopping = false;
    bool m_finished = false;
    std::atomic<bool> m_give_up{false};
    std::thread m_thread;  ///< last: it uses the others
};

}  // namespace muster::mail
