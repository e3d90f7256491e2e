// A fresh database in a folder of its own, with a clock and randomness that tests control.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <stdlib.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace muster::store {

class TestFolder {
public:
    TestFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "muster-store-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        m_path = name;
    }
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder() { std::filesystem::remove_all(m_path); }
    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

class TestDatabase {
public:
    TestDatabase() : TestDatabase(SqliteOptions{}) {}
    explicit TestDatabase(SqliteOptions options) : m_options(std::move(options)) {
        m_options.file = m_folder.path() / "muster.db";
        open();
    }

    fakes::FakeClock clock;
    fakes::FakeRandom random;

    Store& store() { return *m_store; }
    const SqliteOptions& options() const { return m_options; }
    std::filesystem::path file() const { return m_options.file; }
    void open() { m_store = open_sqlite(m_options, clock, random); }
    void close() { m_store.reset(); }

    /// One statement as the server; throws if it is refused.
    template <class... Args>
    void sql(std::string_view text, const Args&... args) {
        if (const auto refused = refusal_of(Actor{}, text, args...)) {
            throw std::runtime_error("refused: " + std::string(core::word_of(*refused)));
        }
    }
    /// One statement for `actor`; what it was refused with, or nothing.
    template <class... Args>
    std::optional<core::Code> refusal_of(const Actor& actor, std::string_view text,
                                         const Args&... args) {
        const auto done = m_store->write_now([&](Transaction& transaction) -> core::Result<int> {
            transaction.act_as(actor);
            transaction.execute(text, args...);
            return 0;
        });
        if (done) return std::nullopt;
        return done.error().code;
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

private:
    TestFolder m_folder;
    SqliteOptions m_options;
    std::unique_ptr<Store> m_store;
};

/// With a table `tally` that has no rules.
struct TallyDatabase : TestDatabase {
    explicit TallyDatabase(const SqliteOptions& options = {}) : TestDatabase(options) {
        sql("CREATE TABLE tally (n INTEGER PRIMARY KEY, text TEXT) STRICT");
    }
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
