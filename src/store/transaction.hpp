// One database transaction, as the table functions see it. One SQL text serves SQLite and
// PostgreSQL: parameters are $1...$n, rows come back as owned values.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/timestamp.hpp"

namespace muster::store {

class Dialect;

/// The broken world: disk, lost database, bad row, broken SQL. Never caused by a caller's input.
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The database cannot be reached, or was lost before it said whether it committed. Nothing of the
/// unit of work was acknowledged.
class StoreUnavailable : public StoreError {
public:
    using StoreError::StoreError;
};

/// What PostgreSQL says of a refusal, for its callers. Empty: the database is another one.
struct DatabaseWords {
    std::string sqlstate = {};
    std::string message = {};
    std::string detail = {};
    std::string hint = {};
    std::string constraint = {};
};

/// The database refused a write by one of its own rules. Store::write turns it into a refusal. The
/// transaction may be used no more when the database is PostgreSQL.
class ConstraintViolation : public StoreError {
public:
    enum class Kind { unique, foreign_key, not_null, check, guard };
    ConstraintViolation(Kind kind, const std::string& what, std::string rule,
                        DatabaseWords words = {})
        : StoreError(what), m_kind(kind), m_rule(std::move(rule)), m_words(std::move(words)) {}
    Kind kind() const { return m_kind; }
    const DatabaseWords& words() const { return m_words; }
    /// unique, not_null: "devices.fingerprint", several joined by ", ". check: the constraint's
    /// name, or its text. guard: what it says, row-level security and grants included.
    /// foreign_key: empty.
    const std::string& rule() const { return m_rule; }

private:
    Kind m_kind;
    std::string m_rule;
    DatabaseWords m_words;
};

/// The statement refused an argument that a caller may have sent: a pattern that is none, a text
/// that is no uuid, a query that takes too long. The message is PostgreSQL's, for the caller.
class ArgumentRefused : public StoreError {
public:
    ArgumentRefused(std::string_view sqlstate, const std::string& message, std::string detail = {},
                    std::string hint = {})
        : StoreError(message),
          m_sqlstate(sqlstate),
          m_detail(std::move(detail)),
          m_hint(std::move(hint)) {}
    const std::string& sqlstate() const { return m_sqlstate; }
    const std::string& detail() const { return m_detail; }
    const std::string& hint() const { return m_hint; }

private:
    std::string m_sqlstate;
    std::string m_detail;
    std::string m_hint;
};

/// A statement is larger or nested more deeply than the database takes: one that was made up at run
/// time from what a caller asked.
class StatementTooComplex : public StoreError {
public:
    using StoreError::StoreError;
};

/// A value on its way into a statement. Text is borrowed: it must outlive the call.
using Parameter = std::variant<std::monostate, std::int64_t, double, std::string_view>;
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A result row, owned. Columns are numbered from 0 in SELECT order. The getters throw StoreError
/// on another type.
class Row {
public:
    explicit Row(std::vector<Cell> cells) : m_cells(std::move(cells)) {}
    std::size_t size() const { return m_cells.size(); }
    std::span<const Cell> cells() const { return m_cells; }
    bool is_null(std::size_t column) const;
    const std::string& text(std::size_t column) const;
    std::optional<std::string> optional_text(std::size_t column) const;
    std::int64_t integer(std::size_t column) const;
    bool boolean(std::size_t column) const { return integer(column) != 0; }
    core::Timestamp timestamp(std::size_t column) const;
    std::optional<core::Timestamp> optional_timestamp(std::size_t column) const;

private:
    const Cell& at(std::size_t column) const;
    std::vector<Cell> m_cells;
};

/// On whose behalf a transaction's statements run: what the guards (schema/*/guards) look at.
/// PostgreSQL: role and request.jwt.claims of the transaction. SQLite: request_role(),
/// request_user().
struct Actor {
    std::string role = "server";  ///< server, service_role, authenticated, anon
    std::string user_id = {};     ///< for authenticated
    std::string claims = {};      ///< the session token's, as JSON; empty: none
};

/// Not for use by two threads at once; lives only inside the call that it was handed to.
class Transaction {
public:
    Transaction() = default;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    virtual ~Transaction() = default;

    /// Runs a statement that returns no rows. Returns the number of rows changed.
    /// Throws ConstraintViolation, StoreError.
    template <class... Args>
    std::int64_t execute(std::string_view sql, const Args&... args) {
        return with_parameters(
            [&](std::span<const Parameter> parameters) { return run(sql, parameters); }, args...);
    }

    /// All rows, in order. Throws as execute().
    template <class... Args>
    std::vector<Row> all(std::string_view sql, const Args&... args) {
        return with_parameters(
            [&](std::span<const Parameter> parameters) { return query(sql, parameters); }, args...);
    }

    /// The same for statements that are made up at run time.
    std::int64_t execute_of(std::string_view sql, std::span<const Parameter> parameters) {
        return run(sql, parameters);
    }
    std::vector<Row> all_of(std::string_view sql, std::span<const Parameter> parameters) {
        return query(sql, parameters);
    }

    /// The first row, or nothing. Throws as execute().
    template <class... Args>
    std::optional<Row> one(std::string_view sql, const Args&... args) {
        auto rows = all(sql, args...);
        if (rows.empty()) return std::nullopt;
        return std::move(rows.front());
    }

    /// Runs a statement whose count nobody needs, no later than the transaction's next statement or
    /// its commit: PostgreSQL is sent it together with that, in one round trip. A refusal shows
    /// there.
    template <class... Args>
    void enqueue(std::string_view sql, const Args&... args) {
        with_parameters(
            [&](std::span<const Parameter> parameters) {
                run_later(sql, parameters);
                return 0;
            },
            args...);
    }

    /// The statements that follow run for `actor`, until the transaction ends. Default: the server.
    virtual void act_as(const Actor& actor) = 0;

    /// Transactions that name the same thing run one after the other, and each knows what those
    /// before it wrote; the name stays in the database. Call it once something was found missing
    /// and before it is made. SQLite: all do, always.
    virtual void take_turns(std::string_view) {}

    /// Ends a SELECT that picks rows to be changed: rows that another transaction is changing are
    /// passed over, without waiting. SQLite has no other: nothing.
    virtual std::string_view skip_locked() const { return {}; }

    /// How this database wants statements of the table API said.
    virtual const Dialect& dialect() const = 0;

protected:
    virtual std::int64_t run(std::string_view sql, std::span<const Parameter> parameters) = 0;
    virtual std::vector<Row> query(std::string_view sql, std::span<const Parameter> parameters) = 0;
    virtual void run_later(std::string_view sql, std::span<const Parameter> parameters) {
        run(sql, parameters);
    }

private:
    // `text` holds what the parameter borrows, for types that must be turned into text first.
    static Parameter bind(std::nullptr_t, std::string&) { return {}; }
    static Parameter bind(std::string_view value, std::string&) { return value; }
    static Parameter bind(const std::string& value, std::string&) {
        return std::string_view(value);
    }
    static Parameter bind(const char* value, std::string&) { return std::string_view(value); }
    static Parameter bind(bool value, std::string&) { return std::int64_t{value}; }
    static Parameter bind(double value, std::string&) { return value; }
    template <class Integer>
        requires std::is_integral_v<Integer>
    static Parameter bind(Integer value, std::string&) {
        return static_cast<std::int64_t>(value);
    }
    static Parameter bind(core::Timestamp at, std::string& text) {
        text = core::to_text(at);
        return std::string_view(text);
    }
    template <class T>
    static Parameter bind(const std::optional<T>& value, std::string& text) {
        return value ? bind(*value, text) : Parameter();
    }

    template <class Use, class... Args>
    static auto with_parameters(Use use, const Args&... args) {
        [[maybe_unused]] std::array<std::string, sizeof...(args)> texts;
        [[maybe_unused]] std::size_t next = 0;
        const std::array<Parameter, sizeof...(args)> parameters{bind(args, texts[next++])...};
        return use(std::span<const Parameter>(parameters));
    }
};

}  // namespace muster::store
