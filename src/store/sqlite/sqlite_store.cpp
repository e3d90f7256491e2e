// Opens the connections, starts the threads, and ends them in the right order.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/sqlite_store.hpp"

#include <utility>
#include <vector>

#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/migrate.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/writer.hpp"
#include "store/work_queue.hpp"

namespace muster::store {

namespace {

using sqlite::Connection;
using sqlite::ConnectionUse;

class SqliteStore final : public Store {
public:
    /// All of the writer's and the readers' connections, opened, on a current schema.
    struct Connections {
        std::unique_ptr<Connection> write;
        std::vector<std::unique_ptr<Connection>> read;
        std::unique_ptr<Connection> checkpoint;
    };

    SqliteStore(Connections connections, const SqliteOptions& options)
        : m_write_queue(options.queue_length_max),
          m_read_queue(options.queue_length_max),
          m_checkpointer(std::move(connections.checkpoint), options.checkpoint_pages),
          m_writer(std::move(connections.write), m_write_queue, m_checkpointer, options),
          m_readers(std::move(connections.read), m_read_queue) {}

    /// The members go in reverse: readers, writer (with the last checkpoint), checkpointer.
    ~SqliteStore() override {
        m_write_queue.close();
        m_read_queue.close();
    }

    StoreStatistics statistics() const override {
        StoreStatistics statistics;
        statistics.commits = m_writer.commits();
        statistics.writes = m_writer.writes();
        statistics.checkpoints = m_checkpointer.count() + m_writer.restarts();
        statistics.write_queue_depth = m_write_queue.length();
        statistics.read_queue_depth = m_read_queue.length();
        return statistics;
    }

protected:
    bool submit_write(Work& work) override { return m_write_queue.push(work); }
    bool submit_read(Work& work) override { return m_read_queue.push(work); }

private:
    WorkQueue m_write_queue;
    WorkQueue m_read_queue;
    sqlite::Checkpointer m_checkpointer;
    sqlite::Writer m_writer;
    sqlite::Readers m_readers;
};

}  // namespace

std::unique_ptr<Store> open_sqlite(const SqliteOptions& options, const base::Clock& clock,
                                   base::Random& random) {
    const auto open = [&](ConnectionUse use) {
        const sqlite::ConnectionOptions wanted{options.file, use, options.busy_timeout,
                                               options.read_timeout};
        auto connection = std::make_unique<Connection>(wanted, clock, random);
        connection->context().reveal = options.reveal;
        return connection;
    };
    sqlite::create_file(options.file);
    SqliteStore::Connections connections;
    connections.write = open(ConnectionUse::write);
    sqlite::migrate(*connections.write, sqlite_migrations());
    for (int i = 0; i < options.reader_count; ++i) {
        connections.read.push_back(open(ConnectionUse::read));
    }
    connections.checkpoint = open(ConnectionUse::checkpoint);
    return std::make_unique<SqliteStore>(std::move(connections), options);
}

}  // namespace muster::store
