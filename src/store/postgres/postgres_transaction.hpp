// Transaction over one PostgreSQL connection. It begins with its first statement, in the same round
// trip; its end is the pool's.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/dialect.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/errors.hpp"
#include "store/transaction.hpp"

namespace muster::store::postgres {

/// What every transaction of one kind has in common.
struct TransactionKind {
    bool writes = true;
    std::chrono::milliseconds statement_timeout{5'000};
    std::string search_path = "muster, public";
    const base::Clock* clock = nullptr;  ///< tests only: what muster.request_time() says
};

class PostgresTransaction final : public Transaction {
public:
    /// `named`: statements are kept by name. All must outlive it.
    PostgresTransaction(Connection& connection, const TransactionKind& kind, bool named);

    /// Throws StoreError for a role that does not exist.
    void act_as(const Actor& actor) override;
    const Dialect& dialect() const override { return postgres_dialect(); }
    void take_turns(std::string_view what) override;
    std::string_view skip_locked() const override { return " FOR UPDATE SKIP LOCKED"; }

    /// Nothing was sent, nothing is to be ended.
    bool has_begun() const { return m_begun; }
    /// Set when a statement asked for the whole unit to run again.
    std::optional<RunAgain::Why> must_run_again() const { return m_run_again; }
    /// Sends what is enqueued, and COMMIT. Throws: what a statement may; RunAgain with `conflict`;
    /// StoreUnavailable when it is not known whether the database committed.
    void commit();
    /// Ends the transaction, whatever state it is in. Never throws.
    void roll_back() noexcept;

protected:
    std::int64_t run(std::string_view sql, std::span<const Parameter> parameters) override;
    std::vector<Row> query(std::string_view sql, std::span<const Parameter> parameters) override;
    void run_later(std::string_view sql, std::span<const Parameter> parameters) override;

private:
    Result perform(Message message);
    /// `opened`: what the second message of opening() was answered. Throws RunAgain.
    void expect_primary(const PGresult* opened);
    std::vector<Message> opening();
    Message actor_message() const;
    std::chrono::milliseconds patience() const;

    Connection& m_connection;
    const TransactionKind& m_kind;
    const bool m_named;
    bool m_begun = false;          ///< BEGIN was sent, or is the first of those that wait
    bool m_is_on_primary = false;  ///< it has said so in this transaction
    bool m_actor_is_set = false;
    Actor m_actor;
    std::vector<Message> m_waiting;
    std::optional<RunAgain::Why> m_run_again;
};

}  // namespace muster::store::postgres
