// A fresh database with a clock and randomness that tests control, on SQLite or PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "store/test_place.hpp"

namespace muster::store {

class TestDatabase {
public:
    TestDatabase() : TestDatabase(make_test_place()) {}
    explicit TestDatabase(std::unique_ptr<TestPlace> place) : m_place(std::move(place)) { open(); }

    fakes::FakeClock clock;
    fakes::FakeRandom random;

    Store& store() { return *m_store; }
    void open() { m_store = m_place->open(clock, random); }
    void close() { m_store.reset(); }

    /// One statement as the server; throws if it is refused.
    template <class... Args>
    void sql(std::string_view text, const Args&... args) {
        if (const auto refused = refusal_of(Actor{}, text, args...)) {
            throw std::runtime_error("refused: " + std::string(core::word_of(*refused)));
        }
    }
    /// As the database's owner: tables, triggers, rights.
    void define(const std::string& text) { m_place->define(*m_store, text); }
    /// One statement for `actor`; what it was refused with, or nothing. A value that is none of its
    /// type is PostgreSQL's ArgumentRefused, which callers are told of as invalid_value.
    template <class... Args>
    std::optional<core::Code> refusal_of(const Actor& actor, std::string_view text,
                                         const Args&... args) {
        auto work = [&](Transaction& transaction) -> core::Result<int> {
            transaction.act_as(actor);
            transaction.execute(text, args...);
            return 0;
        };
        try {
            const auto done = m_store->write_now(work);
            if (!done) return done.error().code;
        } catch (const ArgumentRefused&) {
            return core::Code::invalid_value;
        }
        return std::nullopt;
    }
    template <class... Args>
    std::vector<Row> rows(std::string_view text, const Args&... args) {
        auto read = m_store->read_now([&](Transaction& transaction) {
            return core::Result<std::vector<Row>>(transaction.all(text, args...));
        });
        return std::move(read.value());
    }
    std::int64_t count(std::string_view from) {
        return rows("SELECT count(*) FROM " + std::string(from)).at(0).integer(0);
    }

protected:
    const TestPlace& place() const { return *m_place; }

private:
    std::unique_ptr<TestPlace> m_place;
    std::unique_ptr<Store> m_store;
};

/// Holds a storage thread inside a unit of work until it is opened.
class Gate {
public:
    void wait() {
        std::unique_lock lock(m_mutex);
        m_entered = true;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_open; });
    }
    void await_entry() {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_entered; });
    }
    void open() {
        const std::lock_guard lock(m_mutex);
        m_open = true;
        m_changed.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_entered = false;
    bool m_open = false;
};

}  // namespace muster::store
