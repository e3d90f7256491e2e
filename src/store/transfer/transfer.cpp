// Each run reads the whole source, in the order of its keys. What the target's record says is there
// already is counted and compared, not sent: a source that was changed since is noticed.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/transfer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "store/transfer/source.hpp"
#include "store/transfer/target.hpp"

namespace muster::store::transfer {

namespace {

/// What kill -9 costs at most.
constexpr std::int64_t batch_rows_max = 20'000;
constexpr std::size_t batch_bytes_max = std::size_t{16} << 20U;

/// The rows that were moved are not the source's any more.
class SourceChanged : public StoreError {
public:
    SourceChanged() : StoreError("the source changes while it is moved") {}
};

/// One table's way into the target.
class TableCopy {
public:
    TableCopy(postgres::Connection& target, const MovedTable& table, Progress done)
        : m_target(target), m_table(table), m_done(std::move(done)) {}

    /// `tally` with this row in it.
    void take(const std::vector<Field>& fields, const Tally& tally) {
        if (tally.rows <= m_done.rows) {
            const bool is_last = tally.rows == m_done.rows;
            if (is_last && tally.checksum.text() != m_done.checksum) throw SourceChanged();
            return;
        }
        if (!m_batch) m_batch.emplace(m_target, m_table);
        m_batch->put(fields);
        ++m_sent;
        ++m_batch_rows;
        const bool is_full = m_batch_rows >= batch_rows_max || m_batch->bytes() >= batch_bytes_max;
        if (is_full && !m_table.refers_to_itself) commit(tally);
    }
    /// Returns the number of rows that were sent.
    std::int64_t finish(const Tally& tally) {
        if (tally.rows < m_done.rows) throw SourceChanged();
        if (m_batch) commit(tally);
        return m_sent;
    }

private:
    void commit(const Tally& tally) {
        m_batch->commit({tally.rows, tally.checksum.text()});
        m_batch.reset();
        m_batch_rows = 0;
    }

    postgres::Connection& m_target;
    const MovedTable& m_table;
    Progress m_done;
    std::optional<Batch> m_batch;
    std::int64_t m_batch_rows = 0;
    std::int64_t m_sent = 0;
};

/// What one side refuses says which side it is.
Source open_source(const std::filesystem::path& file, const base::Clock& clock,
                   base::Random& random) {
    try {
        return {file, clock, random};
    } catch (const StoreUnavailable&) {
        throw;
    } catch (const StoreError& refusal) {
        throw StoreError(std::string("the source: ") + refusal.what());
    }
}

Target open_target(const std::string& database) {
    try {
        return Target(database);
    } catch (const StoreUnavailable&) {
        throw;
    } catch (const StoreError& refusal) {
        throw StoreError(std::string("the target: ") + refusal.what());
    }
}

class Transfer {
public:
    Transfer(const Options& options, const base::Clock& clock, base::Random& random,
             Watcher& watcher)
        : m_options(options),
          m_watcher(watcher),
          m_source(open_source(options.file, clock, random)),
          m_target(open_target(options.database)),
          m_tables(match_catalogs(m_source.connection(), m_target.connection())) {}

    Report run() {
        m_report.installation = m_source.identity();
        open_record();
        try {
            copy_all();
        } catch (const SourceChanged&) {
            m_watcher.note("the source was changed since the move began: starting over");
            m_target.empty(m_tables, false);
            m_record.tables.clear();
            copy_all();
        }
        read_target();
        conclude();
        return std::move(m_report);
    }

private:
    void open_record() {
        auto record = m_target.read_record();
        if (!record) {
            m_target.begin(m_tables, m_source.identity());
            m_record = {m_source.identity()};
            return;
        }
        if (record->source != m_source.identity()) {
            throw StoreError(
                "the target: it holds another installation, moved there before: name an empty "
                "database");
        }
        if (record->is_finished && m_options.rehearse) {
            throw StoreError(
                "the target: the installation is in it already, and a rehearsal needs an empty "
                "database");
        }
        m_record = std::move(*record);
        m_report.was_finished = m_record.is_finished;
        if (!m_record.is_finished && !m_record.tables.empty()) {
            m_watcher.note("going on where an earlier run ended");
        }
    }

    void copy_all() {
        m_report.tables.clear();
        m_report.rows_copied = 0;
        for (const MovedTable& table : m_tables) copy(table);
    }

    void add(Tally& tally, const MovedTable& table, const std::vector<Field>& fields) {
        tally.checksum.add(m_options.digest(canonical_line(table.kinds, fields)));
        ++tally.rows;
        m_watcher.advance();
    }

    void copy(const MovedTable& table) {
        m_watcher.begin(Phase::copy, table.name, m_source.count(table));
        const auto done = m_record.tables.find(table.name);
        TableCopy way(m_target.connection(), table,
                      done == m_record.tables.end() ? Progress{} : done->second);
        Tally tally;
        m_source.each(table, [&](const std::vector<Field>& fields) {
            add(tally, table, fields);
            if (!m_record.is_finished) way.take(fields, tally);
        });
        if (!m_record.is_finished) m_report.rows_copied += way.finish(tally);
        m_report.tables.push_back({table.name, tally, {}});
        m_watcher.end();
    }

    void read_target() {
        m_target.begin_reading();
        for (std::size_t i = 0; i < m_tables.size(); ++i) {
            TableReport& report = m_report.tables[i];
            m_watcher.begin(Phase::verify, report.name, report.source.rows);
            m_target.each(m_tables[i], [&](const std::vector<Field>& fields) {
                add(report.target, m_tables[i], fields);
            });
            m_watcher.end();
        }
        m_target.end_reading();
    }

    void conclude() {
        if (m_options.rehearse) {
            m_target.empty(m_tables, true);
        } else if (m_report.is_equal() && !m_record.is_finished) {
            m_target.finish(m_tables);
        }
    }

    const Options& m_options;
    Watcher& m_watcher;
    Source m_source;
    Target m_target;
    std::vector<MovedTable> m_tables;
    Record m_record;
    Report m_report;
};

}  // namespace

bool Report::is_equal() const {
    return std::ranges::all_of(
        tables, [](const TableReport& table) { return table.source == table.target; });
}

Report transfer(const Options& options, const base::Clock& clock, base::Random& random,
                Watcher& watcher) {
    return Transfer(options, clock, random, watcher).run();
}

}  // namespace muster::store::transfer
