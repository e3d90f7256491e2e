// libpq's pipeline mode (PostgreSQL's documentation, 34.5).
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/connection.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>

#include "store/postgres/connection_options.hpp"
#include "store/postgres/errors.hpp"
#include "store/postgres/values.hpp"

namespace muster::store::postgres {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int server_version_min = 150'000;

/// One line of libpq's several: a host that is tried twice says the same twice.
std::string one_line(std::string_view message) {
    std::string text;
    std::string_view before;
    while (!message.empty()) {
        const std::string_view line = message.substr(0, message.find('\n'));
        message.remove_prefix(std::min(message.size(), line.size() + 1));
        if (line.empty() || line == before) continue;
        before = line;
        const bool goes_on = line.front() == '\t';
        if (!text.empty()) text += goes_on ? " " : "; ";
        text += line.substr(goes_on ? 1 : 0);
    }
    return text;
}

/// Several clients of one pooler may meet on one server connection: a name means one text only.
std::string statement_name(std::string_view sql) {
    std::uint64_t first = 0xcbf29ce484222325U;
    std::uint64_t second = 0x9ae16a3b2f90404fU;
    for (const char c : sql) {
        first = (first ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        second = (second + static_cast<unsigned char>(c)) * 0x9e3779b97f4a7c15U;
        second ^= second >> 29U;
    }
    return fmt::format("muster_{:016x}{:016x}", first, second);
}

std::vector<const char*> pointers_to(const Message& message) {
    std::vector<const char*> pointers;
    pointers.reserve(message.values.size());
    for (const auto& value : message.values) pointers.push_back(value ? value->c_str() : nullptr);
    return pointers;
}

PGconn* connect(const std::string& database) {
    const ConnectionOptions options = connection_options(database);
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : options) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    return PQconnectdbParams(keywords.data(), values.data(), 0);
}

/// Of a server that Muster cannot run on.
void check_server(PGconn* connection) {
    if (PQserverVersion(connection) < server_version_min) {
        const char* const version = PQparameterStatus(connection, "server_version");
        throw StoreError(fmt::format("PostgreSQL 15 or newer is needed; this server is {}",
                                     version != nullptr ? version : "of no known version"));
    }
    const char* const encoding = PQparameterStatus(connection, "server_encoding");
    if (encoding == nullptr || std::strcmp(encoding, "UTF8") != 0) {
        throw StoreError(fmt::format(
            "a database with the encoding UTF8 is needed; this one has {}: make another one with "
            "CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8'",
            encoding != nullptr ? encoding : "none that is known"));
    }
}

}  // namespace

Message message_of(std::string_view sql, std::span<const Parameter> parameters) {
    Message message{std::string(sql)};
    message.values.reserve(parameters.size());
    for (const Parameter& parameter : parameters) {
        message.values.push_back(parameter_text(parameter));
    }
    return message;
}

Connection::Connection(const std::string& database) : m_connection(connect(database)) {
    if (!is_open()) {
        throw StoreUnavailable("no connection to PostgreSQL: " +
                               one_line(PQerrorMessage(m_connection.get())));
    }
    check_server(raw());
    PQsetNoticeReceiver(m_connection.get(), &Connection::on_notice, this);
    PQenterPipelineMode(m_connection.get());
}

/// Known by its place in PostgreSQL's source, which is in no language.
void Connection::on_notice(void* connection, const PGresult* notice) {
    const char* place = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (place != nullptr && std::strcmp(place, "SyncRepWaitForLSN") == 0) {
        static_cast<Connection*>(connection)->m_standby_missed = true;
    }
}

bool Connection::in_transaction() const {
    if (!is_open()) return false;
    const auto status = PQtransactionStatus(m_connection.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool Connection::is_busy() const {
    return is_open() && PQtransactionStatus(m_connection.get()) == PQTRANS_ACTIVE;
}

void Connection::notice_end() {
    // Last words come before the end, and are not the end yet.
    constexpr int looks = 4;
    for (int look = 0; look < looks && is_open(); ++look) {
        pollfd watched{PQsocket(raw()), POLLIN, 0};
        if (poll(&watched, 1, 0) <= 0) return;
        if (PQconsumeInput(raw()) == 0) close();
    }
}

void Connection::lose(const std::string& why) {
    close();
    throw RunAgain(RunAgain::Why::connection, why);
}

std::vector<Result> Connection::exchange(std::span<const Message> messages, bool named,
                                         std::chrono::milliseconds patience) {
    if (!is_open()) lose("the connection to PostgreSQL was lost");
    m_standby_missed = false;
    std::vector<Expected> expected;
    expected.reserve(messages.size() * 2);
    for (const Message& message : messages) send(message, named, expected);
    if (PQpipelineSync(m_connection.get()) == 0) lose(one_line(PQerrorMessage(raw())));
    return receive(expected, Clock::now() + patience);
}

void Connection::send(const Message& message, bool named, std::vector<Expected>& expected) {
    const std::vector<const char*> values = pointers_to(message);
    const int count = static_cast<int>(values.size());
    int sent = 0;
    if (named && message.is_prepared) {
        const std::string name = prepare(message, expected);
        sent = PQsendQueryPrepared(raw(), name.c_str(), count, values.data(), nullptr, nullptr, 0);
    } else {
        sent = PQsendQueryParams(raw(), message.sql.c_str(), count, nullptr, values.data(), nullptr,
                                 nullptr, 0);
    }
    if (sent == 0) lose(one_line(PQerrorMessage(raw())));
    expected.push_back({.sql = message.sql});
}

/// The statement's name, after its preparation has been sent where the server does not know it.
std::string Connection::prepare(const Message& message, std::vector<Expected>& expected) {
    if (const auto known = m_names.find(message.sql); known != m_names.end()) return known->second;
    std::string name = statement_name(message.sql);
    const auto is_under_way = [&](const Expected& answer) {
        return answer.is_preparation && answer.name == name;
    };
    if (std::ranges::any_of(expected, is_under_way)) return name;
    if (PQsendPrepare(raw(), name.c_str(), message.sql.c_str(), 0, nullptr) == 0) {
        lose(one_line(PQerrorMessage(raw())));
    }
    expected.push_back({.is_preparation = true, .sql = message.sql, .name = name});
    return name;
}

Result Connection::next_result(Clock::time_point deadline) {
    while (PQisBusy(raw()) != 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) lose("PostgreSQL did not answer in time");
        pollfd watched{PQsocket(raw()), POLLIN, 0};
        poll(&watched, 1, static_cast<int>(left.count()));
        if (PQconsumeInput(raw()) == 0) lose(one_line(PQerrorMessage(raw())));
    }
    return Result(PQgetResult(raw()));
}

std::vector<Result> Connection::receive(std::span<const Expected> expected,
                                        Clock::time_point deadline) {
    std::vector<Result> answers;
    Result failed;
    for (const Expected& answer : expected) {
        Result result = next_result(deadline);
        if (!result) lose("PostgreSQL's answers ended early");
        if (!is_open()) break;
        next_result(deadline);  // the null that ends one statement's results
        const auto status = PQresultStatus(result.get());
        const bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        if (!done && !failed && status != PGRES_PIPELINE_ABORTED) failed = std::move(result);
        if (done && answer.is_preparation) m_names.emplace(answer.sql, answer.name);
        if (done && !answer.is_preparation) answers.push_back(std::move(result));
    }
    if (is_open()) next_result(deadline);  // of the sync
    if (failed) {
        if (ends_connection(failed.get())) close();
        throw_error(failed.get());
    }
    if (!is_open()) lose(one_line(PQerrorMessage(raw())));
    return answers;
}

void Connection::script(const std::string& sql) {
    if (!is_open()) lose("the connection to PostgreSQL was lost");
    PQexitPipelineMode(raw());
    const Result result(PQexec(raw(), sql.c_str()));
    if (is_open()) PQenterPipelineMode(raw());
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
        throw_error(result.get());
    }
}

std::vector<Row> rows_of(const PGresult* result) {
    std::vector<Row> rows;
    const int columns = PQnfields(result);
    rows.reserve(static_cast<std::size_t>(PQntuples(result)));
    for (int row = 0; row < PQntuples(result); ++row) {
        std::vector<Cell> cells;
        cells.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            if (PQgetisnull(result, row, column) != 0) {
                cells.emplace_back();
                continue;
            }
            const std::string_view text(PQgetvalue(result, row, column),
                                        static_cast<std::size_t>(PQgetlength(result, row, column)));
            cells.push_back(cell_of(PQftype(result, column), text));
        }
        rows.emplace_back(std::move(cells));
    }
    return rows;
}

}  // namespace muster::store::postgres
