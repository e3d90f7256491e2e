// What a request leaves to the database: the order of rows, and which of them a page shows.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <boost/json/value.hpp>

#include "twins/step.hpp"

namespace muster::twins {

namespace json = boost::json;

bool is_table_request(const Step& step);

/// Whose choice the rows of an answer are.
struct RowFreedom {
    bool order = false;  ///< the database's, of the outermost rows: nothing says a complete order
    bool page = false;   ///< a part of rows in such an order: any rows, of that number
    /// A page of fewer rows has them all, and is compared as a set.
    std::size_t whole_below = 0;
};
/// Only the table API leaves anything to the database: a request without an order by id. Embedded
/// rows are compared as sets, even where they have an order.
RowFreedom freedom_of(const Step& step);

/// Where there may be more rows than a list shows.
struct Edges {
    bool front = false;
    bool back = false;
};
/// Rows whose ids a database made in one statement have the order in which it came to them: lists
/// by time are compared with such rows as sets. An edge that cuts through them shows others on each
/// side; only those that both sides show are compared there.
Edges edges_of(const Step& step, const json::value& body);

}  // namespace muster::twins
