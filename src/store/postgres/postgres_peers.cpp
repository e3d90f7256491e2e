// One thread, one connection: signs of life, the lock, the news.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/postgres_peers.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/errors.hpp"

namespace muster::store {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds peers_pause_min{50};
constexpr milliseconds peers_pause_max{2'000};

// The database ends a link that has been silent for 10 s, whatever stands between: a leader beats
// each second, and knows sooner that it leads no more (PeersOptions::validity).
constexpr std::string_view end_when_silent_sql =
    "SELECT set_config('idle_session_timeout', '10000', false)";
constexpr std::string_view end_transaction_when_silent_sql =
    "SELECT set_config('idle_in_transaction_session_timeout', '10000', true)";

constexpr std::string_view session_lock_sql =
    "SELECT pg_try_advisory_lock(hashtextextended('muster.leader', 0))";
constexpr std::string_view transaction_lock_sql =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('muster.leader', 0))";

constexpr std::array<std::pair<std::string_view, News>, 3> topics{{
    {"api_keys", News::api_keys},
    {"signing_keys", News::signing_keys},
    {"network_jobs", News::network_jobs},
}};

/// Wakes a poll() when the object that owns the thread goes.
class StopSignal {
public:
    StopSignal() : m_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (m_descriptor < 0) throw StoreError("there is no file descriptor left");
    }
    ~StopSignal() { ::close(m_descriptor); }
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    void give() {
        m_given = true;
        ::eventfd_write(m_descriptor, 1);  // fails for a full counter only, which wakes as well
    }
    bool is_given() const { return m_given; }
    /// Until the signal, what comes on `socket` (below 0: nothing), or the time.
    void wait(int socket, Clock::time_point until) const {
        const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
        std::array<pollfd, 2> watched{{{m_descriptor, POLLIN, 0}, {socket, POLLIN, 0}}};
        if (left.count() > 0) ::poll(watched.data(), 2, static_cast<int>(left.count()));
    }

private:
    const int m_descriptor;
    std::atomic<bool> m_given{false};
};

/// The connection while it stands. Its methods throw StoreError when it does not any more.
class PeerLink {
public:
    explicit PeerLink(const PeersOptions& options)
        : m_options(options), m_connection(options.database) {
        const auto told = ask("SELECT pg_backend_pid()");
        // A pooler answers for other connections' processes, with an id of its own.
        m_is_direct = told.integer(0) == PQbackendPID(m_connection.raw());
        if (!m_is_direct) return;
        ask(end_when_silent_sql);
        run("LISTEN muster");
    }

    bool hears_news() const { return m_is_direct; }
    int socket() const { return PQsocket(m_connection.raw()); }
    bool holds_lock() const { return m_holds_lock; }

    /// A sign of life, and an attempt to get the lock where this link hasn't got it.
    void beat() {
        if (m_holds_lock) {
            expect_primary();
        } else if (m_is_direct) {
            m_holds_lock = ask(session_lock_sql).boolean(0);
        } else {
            try_in_transaction();
        }
    }

    /// The next one that has arrived.
    std::optional<std::string> take_news() {
        if (PQconsumeInput(m_connection.raw()) == 0) {
            throw StoreUnavailable("the connection to PostgreSQL was lost");
        }
        const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notice(PQnotifies(m_connection.raw()),
                                                                     &PQfreemem);
        return notice ? std::optional<std::string>(notice->extra) : std::nullopt;
    }

private:
    /// By a statement that takes no snapshot: one would stay until the next.
    void expect_primary() {
        if (ask("SHOW transaction_read_only").text(0) == "off") return;
        throw StoreUnavailable("PostgreSQL takes no writes any more");
    }

    /// A pooler keeps a server connection for a transaction, so the lock lives in one that stays
    /// open. READ COMMITTED holds no snapshot between statements: nothing is kept from VACUUM.
    void try_in_transaction() {
        run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
        ask(end_transaction_when_silent_sql);
        m_holds_lock = ask(transaction_lock_sql).boolean(0);
        if (!m_holds_lock) run("COMMIT");
    }

    std::vector<postgres::Result> run(std::string_view sql) {
        const postgres::Message message{std::string(sql), {}, false};
        return m_connection.exchange(std::span(&message, 1), false, m_options.patience);
    }
    Row ask(std::string_view sql) { return postgres::rows_of(run(sql).front().get()).at(0); }

    const PeersOptions& m_options;
    postgres::Connection m_connection;
    bool m_is_direct = false;
    bool m_holds_lock = false;
};

class PostgresPeers final : public Peers {
public:
    PostgresPeers(const PeersOptions& options, NewsListener listener)
        : m_options(options), m_listener(std::move(listener)) {
        m_thread = std::thread([this] { run(); });
    }
    ~PostgresPeers() override {
        m_stop.give();
        m_thread.join();
    }

    bool leads() const override { return Clock::now().time_since_epoch().count() < m_leads_until; }

private:
    void run() {
        milliseconds pause = peers_pause_min;
        while (!m_stop.is_given()) {
            try {
                PeerLink link(m_options);
                if (!link.hears_news()) warn_of_pooler();
                pause = peers_pause_min;
                m_is_away = false;
                m_listener(News::anything);
                serve(link);
            } catch (const StoreError& failure) {
                lose(failure.what());
            }
            if (m_stop.is_given()) return;
            m_stop.wait(-1, Clock::now() + pause);
            pause = std::min(pause * 2, peers_pause_max);
        }
    }

    /// Until the link breaks (throws) or the server stops.
    void serve(PeerLink& link) {
        Clock::time_point next_beat{};
        while (!m_stop.is_given()) {
            if (Clock::now() >= next_beat) {
                beat(link);
                next_beat = Clock::now() + m_options.interval;
            }
            while (const auto news = link.take_news()) tell(*news);
            m_stop.wait(link.socket(), next_beat);
        }
    }

    void beat(PeerLink& link) {
        const bool held = link.holds_lock();
        const Clock::time_point asked_at = Clock::now();
        link.beat();
        if (!link.holds_lock()) return;
        m_leads_until = (asked_at + m_options.validity).time_since_epoch().count();
        if (held) return;
        base::log(base::LogLevel::info, "leading");
        m_listener(News::leading);
    }

    void lose(const char* why) {
        const bool led = m_leads_until.exchange(0) != 0;
        if (led) base::log(base::LogLevel::warning, "leading_no_more", {{"because", why}});
        if (!std::exchange(m_is_away, true)) {
            base::log(base::LogLevel::warning, "peers_lost", {{"because", why}});
        }
    }

    void tell(std::string_view topic) {
        const auto* const known =
            std::ranges::find(topics, topic, &std::pair<std::string_view, News>::first);
        m_listener(known == topics.end() ? News::anything : known->second);
    }

    void warn_of_pooler() {
        if (std::exchange(m_has_warned, true)) return;
        base::log(base::LogLevel::warning, "no_news_through_pooler",
                  {{"meaning", "what other servers change is noticed within half a minute"},
                   {"setting", "store.direct_url"}});
    }

    const PeersOptions m_options;
    const NewsListener m_listener;
    StopSignal m_stop;
    std::atomic<Clock::rep> m_leads_until{0};  ///< ticks; past: another server may lead
    bool m_is_away = false;
    bool m_has_warned = false;
    std::thread m_thread;  ///< last: it uses the others
};

}  // namespace

std::unique_ptr<Peers> open_postgres_peers(const PeersOptions& options, NewsListener listener) {
    return std::make_unique<PostgresPeers>(options, std::move(listener));
}

}  // namespace muster::store
