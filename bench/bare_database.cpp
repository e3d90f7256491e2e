// Bare SQLite with Muster's schema.
// SPDX-License-Identifier: Apache-2.0
#include "bare_database.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "core/timestamp.hpp"
#include "store/migrations.hpp"

namespace muster::bench {
namespace {

constexpr std::string_view user_id = "00000000-0000-7000-8000-000000000001";
constexpr std::string_view organization_id = "00000000-0000-7000-8000-000000000002";

/// As the server's connection for writes. Checkpoints are made by the commit that reaches their
/// limit, because there is one thread.
constexpr const char* pragmas = R"sql(
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = 4000;
)sql";

constexpr const char* first_rows = R"sql(
    INSERT INTO users (id, email) VALUES ('00000000-0000-7000-8000-000000000001', 'a@example.com');
    INSERT INTO organizations (id, name) VALUES ('00000000-0000-7000-8000-000000000002', 'Bench');
    INSERT INTO profiles (id, organization_id, full_name)
    VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'A');
)sql";

core::Timestamp time_now() {
    return base::SystemClock().now();
}

std::string random_hex(base::Random& random, std::size_t byte_count) {
    std::vector<std::byte> bytes(byte_count);
    random.fill(bytes);
    return base::to_hex(bytes);
}

// What the schema's defaults and triggers ask of a driver, for the server itself.
void sql_now(sqlite3_context* call, int, sqlite3_value**) {
    sqlite3_result_text(call, core::to_text(time_now()).c_str(), -1, SQLITE_TRANSIENT);
}
void sql_uuid(sqlite3_context* call, int, sqlite3_value**) {
    auto& random = *static_cast<base::Random*>(sqlite3_user_data(call));
    sqlite3_result_text(call, base::make_uuid(random, time_now()).c_str(), -1, SQLITE_TRANSIENT);
}
void sql_role(sqlite3_context* call, int, sqlite3_value**) {
    sqlite3_result_text(call, "server", -1, SQLITE_STATIC);
}
void sql_trusted(sqlite3_context* call, int, sqlite3_value**) {
    sqlite3_result_int(call, 1);
}
void sql_nothing(sqlite3_context* call, int, sqlite3_value**) {
    sqlite3_result_null(call);
}

}  // namespace

BareDatabase::BareDatabase(const std::filesystem::path& file) {
    sqlite3* opened = nullptr;
    sqlite3_open_v2(file.c_str(), &opened,
                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    m_connection.reset(opened);
    execute(pragmas);
    add_functions();
    make_schema();
    for (const auto& [unit, sql] : flow_statements) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(opened, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
            SQLITE_OK) {
            fail();
        }
        m_prepared.push_back({unit, std::unique_ptr<sqlite3_stmt, Close>(statement)});
    }
}

void BareDatabase::add_functions() {
    using Callback = void (*)(sqlite3_context*, int, sqlite3_value**);
    static constexpr std::array<std::pair<const char*, Callback>, 7> functions{{
        {"now", sql_now},
        {"gen_random_uuid", sql_uuid},
        {"request_role", sql_role},
        {"request_user", sql_nothing},
        {"request_is_trusted", sql_trusted},
        {"enter_system", sql_nothing},
        {"leave_system", sql_nothing},
    }};
    for (const auto& [name, callback] : functions) {
        if (sqlite3_create_function(m_connection.get(), name, 0, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                    &m_random, callback, nullptr, nullptr) != SQLITE_OK) {
            fail();
        }
    }
}

void BareDatabase::make_schema() {
    if (sqlite3_table_column_metadata(m_connection.get(), "main", "devices", "id", nullptr, nullptr,
                                      nullptr, nullptr, nullptr) == SQLITE_OK) {
        return;
    }
    begin();
    for (const store::Migration& migration : store::sqlite_migrations()) {
        execute(std::string(migration.sql).c_str());
    }
    execute(first_rows);
    commit();
}

FlowValues BareDatabase::new_flow() {
    const core::Timestamp now = time_now();
    m_now = core::to_text(now);
    m_later = core::to_text(now + std::chrono::hours(24));
    const std::string key = base::make_uuid(m_random, now);
    return {.device = base::make_uuid(m_random, now),
            .token = random_hex(m_random, 32),
            .fingerprint = random_hex(m_random, 32),
            .sealed_key = "sealed.v1.00000000." + random_hex(m_random, 55),
            .key = "simkey-" + key,
            .node = "sim-" + key};
}

void BareDatabase::run(Unit unit, const FlowValues& values) {
    for (const auto& [of, statement] : m_prepared) {
        if (of != unit) continue;
        bind(statement.get(), values);
        const int code = sqlite3_step(statement.get());
        const bool is_read = sqlite3_stmt_readonly(statement.get()) != 0;
        const int changed = sqlite3_changes(m_connection.get());
        if (code != (is_read ? SQLITE_ROW : SQLITE_DONE)) fail();
        sqlite3_reset(statement.get());
        if (!is_read && changed != 1) {
            throw std::runtime_error(
                fmt::format("{} rows changed, not one: {}", changed, sqlite3_sql(statement.get())));
        }
    }
}

void BareDatabase::bind(sqlite3_stmt* statement, const FlowValues& values) {
    const std::string new_id = base::make_uuid(m_random, time_now());
    const std::array<std::pair<std::string_view, std::string_view>, 11> parameters{{
        {"$device", values.device},
        {"$token", values.token},
        {"$fingerprint", values.fingerprint},
        {"$sealed_key", values.sealed_key},
        {"$key", values.key},
        {"$node", values.node},
        {"$user", user_id},
        {"$organization", organization_id},
        {"$now", m_now},
        {"$later", m_later},
        {"$new_id", new_id},
    }};
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); ++i) {
        const std::string_view name = sqlite3_bind_parameter_name(statement, i);
        for (const auto& [known, value] : parameters) {
            if (known != name) continue;
            sqlite3_bind_text(statement, i, value.data(), static_cast<int>(value.size()),
                              SQLITE_TRANSIENT);
        }
    }
}

void BareDatabase::execute(const char* sql) {
    if (sqlite3_exec(m_connection.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void BareDatabase::fail() const {
    throw std::runtime_error(sqlite3_errmsg(m_connection.get()));
}

}  // namespace muster::bench
