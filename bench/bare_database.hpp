// Muster's tables in bare SQLite, without Muster: what the storage engine and the disk can do.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "base/random.hpp"
#include "flow_statements.hpp"

namespace muster::bench {

/// One device that is being enrolled; the members are the statements' parameters.
struct FlowValues {
    std::string device;
    std::string token;
    std::string fingerprint;
    std::string sealed_key;
    std::string key;
    std::string node;
};

class BareDatabase {
public:
    /// Opens `file`, with the server's settings for durability and cache, and makes what is
    /// missing: the schema, an organisation and a user. Throws std::runtime_error.
    explicit BareDatabase(const std::filesystem::path& file);

    FlowValues new_flow();
    void begin() { execute("BEGIN IMMEDIATE"); }
    void commit() { execute("COMMIT"); }
    /// The statements of one unit of one flow. Throws std::runtime_error, also when an INSERT or
    /// UPDATE does not touch exactly one row.
    void run(Unit unit, const FlowValues& values);

private:
    struct Close {
        void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    struct Prepared {
        Unit unit;
        std::unique_ptr<sqlite3_stmt, Close> statement;
    };

    void execute(const char* sql);
    void add_functions();
    void make_schema();
    void bind(sqlite3_stmt* statement, const FlowValues& values);
    [[noreturn]] void fail() const;

    base::SystemRandom m_random;
    std::unique_ptr<sqlite3, Close> m_connection;
    std::vector<Prepared> m_prepared;
    std::string m_now;
    std::string m_later;
};

}  // namespace muster::bench
