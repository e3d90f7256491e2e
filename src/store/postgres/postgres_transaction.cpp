// BEGIN, the actor and the first statement travel together: row-level security costs no round trip.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/postgres_transaction.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

namespace muster::store::postgres {

namespace {

/// How much longer than the statement's own time the answer may take: the network, a busy machine.
constexpr std::chrono::milliseconds answer_margin{5'000};

constexpr std::string_view set_actor_sql =
    "SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true)";

// A client that is gone without a word must not keep its locks for longer than its requests last.
// The warning of a commit that a standby has missed must come (Connection::standby_missed).
constexpr std::string_view set_all_sql =
    "SELECT set_config('role', $1, true), set_config('request.jwt.claims', $2, true), "
    "set_config('search_path', $3, true), set_config('statement_timeout', $4, true), "
    "set_config('muster.time', $5, true), set_config('TimeZone', 'UTC', true), "
    "set_config('DateStyle', 'ISO', true), "
    "set_config('idle_in_transaction_session_timeout', '15000', true), "
    "set_config('client_min_messages', 'warning', true), pg_is_in_recovery()";

/// The database's role of that actor.
std::string role_of(const Actor& actor) {
    return actor.role == "server" ? "muster_server" : actor.role;
}

std::string claims_of(const Actor& actor) {
    if (!actor.claims.empty()) return actor.claims;
    if (actor.user_id.empty()) {
        return actor.role == "server" ? "" : fmt::format(R"({{"role":"{}"}})", actor.role);
    }
    return fmt::format(R"({{"sub":"{}","role":"{}"}})", actor.user_id, actor.role);
}

/// `answer`: set_all_sql's. A pooler or a proxy may lead to a standby, which is behind: a device
/// that was revoked is still trusted there.
bool is_from_standby(const PGresult* answer) {
    const int last = PQnfields(answer) - 1;
    return std::string_view(PQgetvalue(answer, 0, last)) == "t";
}

std::int64_t affected_rows(PGresult* result) {
    const std::string_view text = PQcmdTuples(result);
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

}  // namespace

PostgresTransaction::PostgresTransaction(Connection& connection, const TransactionKind& kind,
                                         bool named)
    : m_connection(connection), m_kind(kind), m_named(named) {}

void PostgresTransaction::act_as(const Actor& actor) {
    static constexpr std::array<std::string_view, 4> roles{"server", "service_role",
                                                           "authenticated", "anon"};
    if (std::ranges::find(roles, actor.role) == roles.end()) {
        throw StoreError("there is no role " + actor.role);
    }
    if (m_waiting.empty()) {
        m_actor = actor;
        m_actor_is_set = false;
        return;
    }
    // What waits was meant for the actor before; the change travels behind it.
    std::vector<Message> messages = opening();
    std::ranges::move(m_waiting, std::back_inserter(messages));
    m_actor = actor;
    messages.push_back(actor_message());
    m_waiting = std::move(messages);
    m_begun = true;
    m_actor_is_set = true;
}

/// Who comes second waits here for the first one's commit, cannot see its row, and is told 40001:
/// it starts over and sees everything.
void PostgresTransaction::take_turns(std::string_view what) {
    execute(
        "INSERT INTO muster.turns AS kept (name, count) VALUES ($1, 1) "
        "ON CONFLICT (name) DO UPDATE SET count = kept.count + 1",
        what);
}

std::chrono::milliseconds PostgresTransaction::patience() const {
    return m_kind.statement_timeout + answer_margin;
}

std::vector<Message> PostgresTransaction::opening() {
    std::vector<Message> messages;
    if (!m_begun) {
        messages.push_back({m_kind.writes ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
                                          : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                            {},
                            false});
        messages.push_back(
            {std::string(set_all_sql),
             {role_of(m_actor), claims_of(m_actor), m_kind.search_path,
              std::to_string(m_kind.statement_timeout.count()),
              m_kind.clock != nullptr ? core::to_text(m_kind.clock->now()) : std::string()}});
    } else if (!m_actor_is_set) {
        messages.push_back(actor_message());
    }
    return messages;
}

Message PostgresTransaction::actor_message() const {
    return {std::string(set_actor_sql), {role_of(m_actor), claims_of(m_actor)}};
}

Result PostgresTransaction::perform(Message message) {
    std::vector<Message> messages = opening();
    std::ranges::move(m_waiting, std::back_inserter(messages));
    m_waiting.clear();
    messages.push_back(std::move(message));
    m_begun = true;
    m_actor_is_set = true;
    try {
        std::vector<Result> answers = m_connection.exchange(messages, m_named, patience());
        if (!m_is_on_primary) expect_primary(answers.at(1).get());
        return std::move(answers.back());
    } catch (const RunAgain& again) {
        m_run_again = again.why();
        throw;
    }
}

void PostgresTransaction::expect_primary(const PGresult* opened) {
    if (is_from_standby(opened)) {
        m_connection.close();
        throw RunAgain(RunAgain::Why::connection, "this PostgreSQL is a standby");
    }
    m_is_on_primary = true;
}

std::int64_t PostgresTransaction::run(std::string_view sql, std::span<const Parameter> parameters) {
    return affected_rows(perform(message_of(sql, parameters)).get());
}

std::vector<Row> PostgresTransaction::query(std::string_view sql,
                                            std::span<const Parameter> parameters) {
    return rows_of(perform(message_of(sql, parameters)).get());
}

void PostgresTransaction::run_later(std::string_view sql, std::span<const Parameter> parameters) {
    m_waiting.push_back(message_of(sql, parameters));
}

void PostgresTransaction::commit() {
    if (!m_begun && m_waiting.empty()) return;
    Result result;
    try {
        result = perform({"COMMIT", {}, false});
    } catch (const RunAgain& again) {
        if (again.why() != RunAgain::Why::connection) throw;
        throw StoreUnavailable(std::string("the connection was lost while PostgreSQL committed: ") +
                               again.what());
    }
    // A transaction that had failed answers ROLLBACK.
    if (std::strcmp(PQcmdStatus(result.get()), "COMMIT") != 0) {
        throw StoreError("PostgreSQL did not commit");
    }
    // A wait for the synchronous standby that was cut short is a warning and a success: what it
    // committed may be lost with the primary.
    if (m_connection.standby_missed()) {
        throw StoreUnavailable("PostgreSQL committed without its synchronous standby");
    }
}

void PostgresTransaction::roll_back() noexcept {
    m_waiting.clear();
    if (m_connection.is_busy()) m_connection.close();
    if (!m_connection.in_transaction()) return;
    try {
        const Message message{"ROLLBACK", {}, false};
        m_connection.exchange(std::span(&message, 1), false, patience());
    } catch (...) {
        m_connection.close();
    }
}

}  // namespace muster::store::postgres
