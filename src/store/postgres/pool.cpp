// A unit that meets another one waits a little, longer each time, and starts over.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

#include "base/log.hpp"

namespace muster::store::postgres {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int runs_max = 40;
constexpr milliseconds pause_max{64};
constexpr milliseconds reconnect_pause_min{50};
constexpr milliseconds reconnect_pause_max{2'000};

}  // namespace

class Pool::Worker {
public:
    Worker(const PoolOptions& options, WorkQueue& queue, PoolState& state, base::Random& random)
        : m_options(options), m_queue(queue), m_state(state), m_random(random) {
        m_thread = std::thread([this] { run(); });
    }
    ~Worker() { m_thread.join(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

private:
    enum class Outcome { finished, again };

    void run() {
        while (const auto taken = m_queue.take_one()) serve(*taken->work, taken->since);
    }

    /// `since`: when the caller began to wait, in the queue too.
    void serve(Work& work, Clock::time_point since) {
        const Clock::time_point start = Clock::now();
        for (int runs = 1;; ++runs) {
            if (!connect(since + m_options.patience)) {
                work.finish(std::make_exception_ptr(StoreUnavailable(m_why)));
                return;
            }
            const bool is_last = runs >= runs_max || Clock::now() - start > m_options.patience;
            if (run_once(work, is_last) == Outcome::finished) {
                m_reconnect_pause = {};
                return;
            }
            ++m_state.retries;
            if (m_connection) {
                pause(runs);
            } else {
                delay_connecting();
            }
        }
    }

    Outcome run_once(Work& work, bool is_last) {
        if (m_connection->kept_statements() > statements_max) drop_statements();
        PostgresTransaction transaction(*m_connection, m_options.kind, m_state.named_statements);
        const bool keep = work.run(transaction);
        if (const auto why = transaction.must_run_again()) {
            // A unit that has swallowed the exception must not seem to have succeeded.
            return start_over(transaction, work, *why, is_last,
                              std::make_exception_ptr(StoreUnavailable("met others for too long")));
        }
        if (!keep || !m_options.kind.writes) {
            // What a unit read is its answer at once: nobody has to wait for the end.
            work.finish(nullptr);
            end(transaction);
            return Outcome::finished;
        }
        return commit(transaction, work, is_last);
    }

    Outcome commit(PostgresTransaction& transaction, Work& work, bool is_last) {
        std::exception_ptr failure;
        try {
            transaction.commit();
            ++m_state.commits;
        } catch (const RunAgain& again) {
            return start_over(transaction, work, again.why(), is_last, std::current_exception());
        } catch (...) {
            failure = std::current_exception();
            end(transaction);
        }
        work.finish(failure);
        return Outcome::finished;
    }

    Outcome start_over(PostgresTransaction& transaction, Work& work, RunAgain::Why why,
                       bool is_last, std::exception_ptr failure) {
        end(transaction);
        if (why == RunAgain::Why::statement_names) forget_names();
        if (why == RunAgain::Why::statement_plans && m_connection) drop_statements();
        if (!is_last) return Outcome::again;
        work.finish(std::move(failure));
        return Outcome::finished;
    }

    void end(PostgresTransaction& transaction) {
        transaction.roll_back();
        if (!m_connection->is_open()) m_connection.reset();
    }

    /// A pooler that hands out another server connection for each transaction knows no names.
    void forget_names() {
        if (m_state.named_statements.exchange(false)) {
            base::log(base::LogLevel::warning, "prepared_statements_off",
                      {{"because", "a pooler before PostgreSQL does not keep them"}});
        }
        m_connection.reset();
    }

    void drop_statements() {
        try {
            const Message message{"DEALLOCATE ALL", {}, false};
            m_connection->exchange(std::span(&message, 1), false, m_options.patience);
            m_connection->forget_statements();
        } catch (const StoreError&) {
            m_connection->close();  // the unit's first statement finds that out, and starts over
        }
    }

    /// False: the database stayed away until `deadline`; m_why says how.
    bool connect(Clock::time_point deadline) {
        if (m_connection) m_connection->notice_end();
        if (m_connection && !m_connection->is_open()) m_connection.reset();
        while (!m_connection) {
            if (Clock::now() >= m_next_attempt && try_connect()) return true;
            if (Clock::now() >= deadline || m_state.closing) return false;
            std::this_thread::sleep_until(std::min(m_next_attempt, deadline));
        }
        return true;
    }

    bool try_connect() {
        try {
            m_connection = std::make_unique<Connection>(m_options.database);
            return true;
        } catch (const StoreError& failure) {
            m_why = failure.what();
            delay_connecting();
            return false;
        }
    }

    /// Not after the first loss: what was idle for long may be cut, and there is another one at
    /// once. Who gets a connection that serves nothing, a standby's say, waits longer each time
    /// too.
    void delay_connecting() {
        m_next_attempt = Clock::now() + m_reconnect_pause;
        m_reconnect_pause =
            std::clamp(m_reconnect_pause * 2, reconnect_pause_min, reconnect_pause_max);
    }

    void pause(int runs) {
        std::byte chance{};
        m_random.fill(std::span(&chance, 1));
        const milliseconds longest = std::min(milliseconds(1 << std::min(runs, 10)), pause_max);
        std::this_thread::sleep_for(longest * std::to_integer<int>(chance) / 255);
    }

    static constexpr std::size_t statements_max = 256;

    const PoolOptions& m_options;
    WorkQueue& m_queue;
    PoolState& m_state;
    base::Random& m_random;
    std::unique_ptr<Connection> m_connection;
    std::string m_why = "no connection to PostgreSQL";
    Clock::time_point m_next_attempt{};
    milliseconds m_reconnect_pause{};
    std::thread m_thread;  ///< last: it uses the others
};

Pool::Pool(PoolOptions options, WorkQueue& queue, PoolState& state, base::Random& random)
    : m_options(std::move(options)) {
    for (int i = 0; i < m_options.connections; ++i) {
        m_workers.push_back(std::make_unique<Worker>(m_options, queue, state, random));
    }
}

Pool::~Pool() = default;

}  // namespace muster::store::postgres
