// The only place that steps a statement.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/statement.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/sqlite/errors.hpp"

namespace muster::store::sqlite {

namespace {

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

Cell read_cell(sqlite3_stmt* statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_NULL: return std::monostate{};
        case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement, column)};
        case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
        default: break;
    }
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return size == 0 ? std::string() : std::string(bytes, size);
}

int bind_one(sqlite3_stmt* statement, int index, const Parameter& parameter) {
    if (const auto* integer = std::get_if<std::int64_t>(&parameter)) {
        return sqlite3_bind_int64(statement, index, *integer);
    }
    if (const auto* real = std::get_if<double>(&parameter)) {
        return sqlite3_bind_double(statement, index, *real);
    }
    if (const auto* text = std::get_if<std::string_view>(&parameter)) {
        // A null pointer would bind NULL.
        const char* data = text->data() != nullptr ? text->data() : "";
        return sqlite3_bind_text64(statement, index, data, text->size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    }
    return sqlite3_bind_null(statement, index);
}

}  // namespace

/// Leaves the statement ready for its next run, also when a row or a step throws.
class Statement::Run {
public:
    explicit Run(sqlite3_stmt* statement) : m_statement(statement) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() {
        sqlite3_reset(m_statement);
        sqlite3_clear_bindings(m_statement);
    }

private:
    sqlite3_stmt* m_statement;
};

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

namespace {

/// SQLite says where a statement is wrong, but of one that is too large there is no such place.
[[noreturn]] void throw_compile_error(sqlite3* connection, int code) {
    const bool too_large =
        code == SQLITE_TOOBIG || (code == SQLITE_ERROR && sqlite3_error_offset(connection) < 0);
    if (too_large) {
        throw StatementTooComplex(
            fmt::format("SQLite could not compile a statement: {}", sqlite3_errmsg(connection)));
    }
    throw_error(connection, code, "compile a statement");
}

}  // namespace

Statement::Statement(sqlite3* connection, std::string_view sql) : m_connection(connection) {
    sqlite3_stmt* compiled = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &compiled, &tail);
    if (code != SQLITE_OK) throw_compile_error(connection, code);
    m_statement.reset(compiled);
    if (compiled == nullptr) throw StoreError("an empty SQL statement");
    if (!is_blank(sql.substr(static_cast<std::size_t>(tail - sql.data())))) {
        throw StoreError("more than one SQL statement at once");
    }
    number_parameters();
}

void Statement::number_parameters() {
    const int count = sqlite3_bind_parameter_count(m_statement.get());
    for (int number = 1; number <= count; ++number) {
        const std::string name = fmt::format("${}", number);
        const int index = sqlite3_bind_parameter_index(m_statement.get(), name.c_str());
        if (index == 0) throw StoreError("a statement's parameters are not $1 to $n: no " + name);
        m_indexes.push_back(index);
    }
}

void Statement::bind(std::span<const Parameter> parameters) {
    if (parameters.size() != m_indexes.size()) {
        throw StoreError(fmt::format("a statement takes {} parameters, not {}", m_indexes.size(),
                                     parameters.size()));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const int code = bind_one(m_statement.get(), m_indexes[i], parameters[i]);
        if (code != SQLITE_OK) throw_error(m_connection, code, "bind a parameter");
    }
}

std::int64_t Statement::execute(std::span<const Parameter> parameters) {
    const Run run(m_statement.get());
    bind(parameters);
    const int code = sqlite3_step(m_statement.get());
    if (code == SQLITE_ROW) throw StoreError("a statement that was executed returned a row");
    if (code != SQLITE_DONE) throw_error(m_connection, code, "run a statement");
    return sqlite3_stmt_readonly(m_statement.get()) != 0 ? 0 : sqlite3_changes64(m_connection);
}

void Statement::each(std::span<const Parameter> parameters, const std::function<void(Row)>& use) {
    const Run run(m_statement.get());
    bind(parameters);
    int code = SQLITE_OK;
    while ((code = sqlite3_step(m_statement.get())) == SQLITE_ROW) {
        std::vector<Cell> cells;
        const int columns = sqlite3_data_count(m_statement.get());
        cells.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) cells.push_back(read_cell(m_statement.get(), i));
        use(Row(std::move(cells)));
    }
    if (code != SQLITE_DONE) throw_error(m_connection, code, "run a query");
}

std::vector<Row> Statement::query(std::span<const Parameter> parameters) {
    std::vector<Row> rows;
    each(parameters, [&](Row row) { rows.push_back(std::move(row)); });
    return rows;
}

Statement& StatementCache::get(std::string_view sql) {
    if (const auto found = m_by_sql.find(sql); found != m_by_sql.end()) {
        m_recent.splice(m_recent.begin(), m_recent, found->second);
        return m_recent.front().statement;
    }
    Statement fresh(m_connection, sql);
    if (m_recent.size() >= statements_max) {
        m_by_sql.erase(m_recent.back().sql);
        m_recent.pop_back();
    }
    m_recent.push_front(Entry{std::string(sql), std::move(fresh)});
    m_by_sql.emplace(m_recent.front().sql, m_recent.begin());
    return m_recent.front().statement;
}

}  // namespace muster::store::sqlite
