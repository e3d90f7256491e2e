// The load generator's loop: epoll on one thread.
// SPDX-License-Identifier: Apache-2.0
#include "load_run.hpp"

#include <optional>
#include <random>

#include <fmt/format.h>

#include "enrollment_flow.hpp"
#include "poller.hpp"

namespace muster::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Answers that were asked for in time may still come in for this long.
constexpr std::chrono::seconds drain_max{10};
/// A device that has not joined after this long never will.
constexpr std::chrono::seconds join_max{10};
/// A run with this many errors has shown what it had to show.
constexpr std::uint64_t errors_max = 100;
constexpr std::size_t error_texts_max = 5;

struct Slot {
    Exchange exchange;
    std::optional<EnrollmentFlow> flow;  ///< empty: idle
    Step step = Step::generate_token;
    Clock::time_point flow_began{};
    Clock::time_point step_began{};
};

class LoadRun {
public:
    explicit LoadRun(const LoadOptions& options)
        : m_options(options),
          m_requests(options.endpoint, options.access_token, options.api_key),
          m_run_id(std::random_device{}()) {
        for (int i = 0; i < options.connections; ++i) {
            m_slots.push_back({.exchange = Exchange(options.endpoint), .flow = {}});
            m_poller.watch(m_slots.back().exchange.descriptor(), m_slots.size() - 1);
        }
    }

    LoadReport run() {
        const auto began = Clock::now();
        m_stop_at = began + m_options.duration;
        for (Slot& slot : m_slots) start_flow(slot);
        while (m_busy > 0 && m_report.errors < errors_max && Clock::now() < m_stop_at + drain_max) {
            m_poller.wait(std::chrono::milliseconds(100),
                          [this](std::size_t index) { handle(m_slots[index]); });
        }
        m_report.elapsed = Clock::now() - began;
        if (m_busy > 0) add_error(fmt::format("{} flows were left without an answer", m_busy));
        m_report.flow.sort();
        for (Latencies& step : m_report.steps) step.sort();
        return std::move(m_report);
    }

private:
    void start_flow(Slot& slot) {
        if (m_started == m_options.flows_max || Clock::now() >= m_stop_at) return;
        slot.flow.emplace(fmt::format("load-{:08x}-{}", m_run_id, m_started));
        ++m_started;
        ++m_busy;
        slot.step = Step::generate_token;
        slot.flow_began = Clock::now();
        attempt(slot, [&] { send(slot); });
    }

    void send(Slot& slot) {
        slot.step_began = Clock::now();
        slot.exchange.send(m_requests.request(slot.step, slot.flow->body(slot.step)));
    }

    void handle(Slot& slot) {
        attempt(slot, [&] {
            const auto reply = slot.exchange.receive();
            if (!reply) return;
            if (!slot.flow) throw BrokenExchange("an answer that nobody asked for");
            take_reply(slot, *reply);
        });
    }

    /// A connection that breaks is not used again; its flow is an error.
    template <class Work>
    void attempt(Slot& slot, Work work) {
        try {
            work();
        } catch (const BrokenExchange& error) {
            m_poller.forget(slot.exchange.descriptor());
            add_error(error.what());
            end_flow(slot);
        }
    }

    void take_reply(Slot& slot, const Reply& reply) {
        const auto now = Clock::now();
        m_report.steps.at(static_cast<std::size_t>(slot.step)).add(now - slot.step_began);
        const Verdict verdict = slot.flow->judge(slot.step, reply);
        const bool may_wait = m_options.retry_check && now - slot.flow_began < join_max;
        if (verdict == Verdict::not_connected_yet && may_wait) return send(slot);
        if (verdict == Verdict::right && slot.step != Step::check_tailscale_status) {
            slot.step = static_cast<Step>(static_cast<int>(slot.step) + 1);
            return send(slot);
        }
        if (verdict == Verdict::right) {
            ++m_report.flows;
            m_report.flow.add(now - slot.flow_began);
        } else {
            add_error(describe(slot.step, reply) +
                      (verdict == Verdict::not_connected_yet ? ", not connected" : ""));
        }
        end_flow(slot);
        start_flow(slot);
    }

    void end_flow(Slot& slot) {
        if (!slot.flow) return;
        slot.flow.reset();
        --m_busy;
    }

    void add_error(std::string text) {
        ++m_report.errors;
        if (m_report.error_texts.size() < error_texts_max) {
            m_report.error_texts.push_back(std::move(text));
        }
    }

    const LoadOptions& m_options;
    FlowRequests m_requests;
    unsigned m_run_id;
    Poller m_poller;
    std::vector<Slot> m_slots;
    Clock::time_point m_stop_at{};
    std::uint64_t m_started = 0;
    std::size_t m_busy = 0;
    LoadReport m_report;
};

}  // namespace

LoadReport run_load(const LoadOptions& options) {
    return LoadRun(options).run();
}

}  // namespace muster::bench
