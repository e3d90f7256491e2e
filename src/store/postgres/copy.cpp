// libpq's functions of the COPY command (PostgreSQL's documentation, 34.10).
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/copy.hpp"

#include <algorithm>
#include <memory>

#include "store/postgres/errors.hpp"

namespace muster::store::postgres {

namespace {

/// libpq counts a piece by an int.
constexpr std::size_t piece_bytes_max = std::size_t{1} << 24U;

struct FreeLine {
    void operator()(char* line) const { PQfreemem(line); }
};

void begin(Connection& connection, const std::string& sql, ExecStatusType wanted) {
    if (!connection.is_open()) {
        throw RunAgain(RunAgain::Why::connection, "the connection to PostgreSQL was lost");
    }
    PQexitPipelineMode(connection.raw());
    const Result result(PQexec(connection.raw(), sql.c_str()));
    if (PQresultStatus(result.get()) == wanted) return;
    PQenterPipelineMode(connection.raw());
    throw_error(result.get());
}

/// Reads the command's own result and goes back to pipeline mode.
void end(Connection& connection) {
    Result failed;
    while (Result result = Result(PQgetResult(connection.raw()))) {
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && !failed) failed = std::move(result);
    }
    PQenterPipelineMode(connection.raw());
    if (failed) throw_error(failed.get());
}

}  // namespace

CopyIn::CopyIn(Connection& connection, const std::string& sql) : m_connection(connection) {
    begin(connection, sql, PGRES_COPY_IN);
}

CopyIn::~CopyIn() {
    if (!m_is_open || !m_connection.is_open()) return;
    PQputCopyEnd(m_connection.raw(), "the rows that should follow are missing");
    while (Result(PQgetResult(m_connection.raw()))) {
    }
    PQenterPipelineMode(m_connection.raw());
}

void CopyIn::put(std::string_view data) {
    while (!data.empty()) {
        const std::string_view piece = data.substr(0, piece_bytes_max);
        if (PQputCopyData(m_connection.raw(), piece.data(), static_cast<int>(piece.size())) != 1) {
            throw RunAgain(RunAgain::Why::connection, "the connection to PostgreSQL was lost");
        }
        data.remove_prefix(piece.size());
    }
}

void CopyIn::finish() {
    m_is_open = false;
    PQputCopyEnd(m_connection.raw(), nullptr);
    end(m_connection);
}

void copy_out(Connection& connection, const std::string& sql,
              const std::function<void(std::string_view)>& use) {
    begin(connection, sql, PGRES_COPY_OUT);
    while (true) {
        char* line = nullptr;
        const int size = PQgetCopyData(connection.raw(), &line, 0);
        if (size < 0) break;
        const std::unique_ptr<char, FreeLine> kept(line);
        use({line, static_cast<std::size_t>(size)});
    }
    end(connection);
}

}  // namespace muster::store::postgres
