// Which table of the SQLite database goes where in PostgreSQL, as both databases' catalogues say
// it: a table that a migration or an operator adds is moved without a line of code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/connection.hpp"
#include "store/sqlite/connection.hpp"
#include "store/transfer/row_text.hpp"

namespace muster::store::transfer {

/// A trigger that would act on rows as they come in or are emptied out.
struct QuietedTrigger {
    std::string name;   ///< quoted
    std::string state;  ///< ENABLE, ENABLE REPLICA or ENABLE ALWAYS, to be said again afterwards
};

struct MovedTable {
    std::string name;                  ///< in SQLite, and in reports
    std::string target;                ///< in PostgreSQL, quoted, with its schema
    std::vector<std::string> columns;  ///< in the order in which fields are written
    std::vector<Kind> kinds;           ///< the columns'
    std::vector<std::string> key;      ///< the source's primary key
    std::vector<QuietedTrigger> triggers;
    bool refers_to_itself = false;  ///< then its rows must come in one statement
};

/// What stays, since each database has its own: the record of migrations, and the types of columns.
std::span<const std::string_view> tables_that_stay();

/// In the order in which foreign keys let them be filled. Throws StoreError, in a sentence for the
/// operator: a table, a column or its secrecy is not in the target; a trigger that this role may
/// not switch off; foreign keys that go round in a circle.
std::vector<MovedTable> match_catalogs(sqlite::Connection& source, postgres::Connection& target);

/// "name", for both databases.
std::string identifier(std::string_view name);
/// The columns, quoted, with commas between them.
std::string list_of(std::span<const std::string> columns);

/// One statement of its own.
std::vector<Row> ask(sqlite::Connection& source, std::string_view sql,
                     std::span<const Parameter> parameters = {});
std::vector<Row> ask(postgres::Connection& target, std::string_view sql,
                     std::span<const Parameter> parameters = {});

}  // namespace muster::store::transfer
