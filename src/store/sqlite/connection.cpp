// The open hook: whatever must hold on every connection is set here and nowhere else.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/connection.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "store/sqlite/errors.hpp"

namespace muster::store::sqlite {

namespace {

/// Cache and WAL sizes are upper bounds: an idle server holds only the pages that it has touched.
/// recursive_triggers: REPLACE must not delete past the guards. trusted_schema: off, SQLite 3.40
/// would refuse its own JSON functions in our CHECKs. 67108864: 64 MiB.
constexpr const char* common_pragmas = R"sql(
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA trusted_schema = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 67108864;
)sql";

/// Of SQLite's virtual machine: some tenths of a millisecond.
constexpr int steps_between_looks = 10'000;

const char* cache_pragma(ConnectionUse use) {
    switch (use) {
        case ConnectionUse::write: return "PRAGMA cache_size = -16384";
        case ConnectionUse::read: return "PRAGMA cache_size = -4096; PRAGMA query_only = ON";
        case ConnectionUse::checkpoint: return "PRAGMA cache_size = -256; PRAGMA query_only = ON";
    }
    std::unreachable();
}

void harden(sqlite3* connection) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
}

/// Without its count of all memory, which nobody asks for, threads need not wait for each other to
/// allocate. Only before SQLite is first used; sqlite.org/threadsafe.html, c3ref/c_config_*.
void share_no_counters() {
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (done != SQLITE_OK) throw StoreError("SQLite was in use before it was configured");
}

}  // namespace

void Connection::Close::operator()(sqlite3* connection) const {
    sqlite3_close_v2(connection);
}

Connection::Connection(const ConnectionOptions& options, const base::Clock& clock,
                       base::Random& random)
    : m_context{clock, random}, m_read_timeout(options.read_timeout) {
    share_no_counters();
    sqlite3* opened = nullptr;
    const int access =
        options.use == ConnectionUse::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(options.file.c_str(), &opened,
                                     access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    m_connection.reset(opened);
    if (code != SQLITE_OK) throw_error(opened, code, "open " + options.file.string());
    configure(options);
    add_functions(raw(), m_context);
    m_statements.emplace(raw());
}

void Connection::configure(const ConnectionOptions& options) {
    sqlite3_busy_timeout(raw(), static_cast<int>(options.busy_timeout.count()));
    harden(raw());
    if (options.use == ConnectionUse::write) enter_wal_mode(options.busy_timeout);
    // Only readers: an interrupted write would undo its neighbours in the group.
    if (options.use == ConnectionUse::read) {
        sqlite3_progress_handler(raw(), steps_between_looks, &Connection::check_deadline,
                                 &m_context);
    }
    script(common_pragmas);
    script(cache_pragma(options.use));
}

/// SQLite answers "busy" at once where waiting for another process that opens the same new file
/// could deadlock, so the waiting is done here.
void Connection::enter_wal_mode(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    constexpr int pause_ms = 5;
    for (;;) {
        const int code =
            sqlite3_exec(raw(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
        if (code == SQLITE_OK) break;
        const bool busy = (code & 0xff) == SQLITE_BUSY;
        if (!busy || std::chrono::steady_clock::now() > deadline) {
            throw_error(raw(), code, "enter WAL mode");
        }
        sqlite3_sleep(pause_ms);
    }
    Statement mode(raw(), "PRAGMA journal_mode");
    if (mode.query({}).at(0).text(0) != "wal") {
        throw StoreError("SQLite refuses WAL mode here: the file system cannot share memory");
    }
}

void Connection::command(std::string_view sql) {
    statement(sql).execute({});
}

void Connection::script(const std::string& sql) {
    const int code = sqlite3_exec(raw(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_error(raw(), code, "run a script");
}

void Connection::roll_back() noexcept {
    if (in_transaction()) sqlite3_exec(raw(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(raw()) == 0;
}

int Connection::check_deadline(void* context) noexcept {
    return std::chrono::steady_clock::now() > static_cast<CallContext*>(context)->deadline ? 1 : 0;
}

void Connection::begin_unit() {
    m_context.deadline = std::chrono::steady_clock::now() + m_read_timeout;
    m_context.now = m_context.clock.now();
    m_context.actor.role = "server";
    m_context.actor.user_id.clear();
    m_context.actor.claims.clear();
    m_context.system_depth = 0;
}

void create_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        throw StoreError(fmt::format("cannot open {}: {}", file.string(),
                                     std::generic_category().message(errno)));
    }
    ::close(descriptor);
}

}  // namespace muster::store::sqlite
