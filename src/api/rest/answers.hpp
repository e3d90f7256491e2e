// What the table API's outcomes are in HTTP: the one file that knows its status codes. Pure; called
// by api/rest/tables.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "rest/failure.hpp"
#include "rest/policies.hpp"

namespace muster::api {

unsigned status_of(const rest::Failure& failure, rest::Role role);

/// The four members, Proxy-Status and, on 401, WWW-Authenticate. A HEAD has no body.
net::Response refusal_of(const rest::Failure& failure, rest::Role role, std::string_view method);

/// The rows of a read, of all that there are.
struct Page {
    std::int64_t offset = 0;                 ///< of its first row
    std::int64_t count = 0;                  ///< rows in it
    std::optional<std::int64_t> total = {};  ///< when the client asked for a count
};

/// "0-24/573", "0-24/*"; without rows "*/573", "*/*".
std::string content_range_of(const Page& page);

/// 200, or 206 for a part of a known total. Fails: PGRST103, an offset beyond that total; its
/// answer has the page's Content-Range too.
rest::Result<unsigned> read_status_of(const Page& page);

/// 406 unless there is exactly one row. Fails: PGRST116.
rest::Result<void> require_single(std::int64_t row_count);

/// What a write has done.
enum class Outcome { inserted, merged, updated, removed, put_inserted, put_updated };
/// 201, 200 or 204; `with_body`: the rows are in the answer.
unsigned write_status_of(Outcome outcome, bool with_body);
/// POST and DELETE "*/n" or "*/*", PATCH "0-(n-1)/n" or "0-(n-1)/*"; empty for PUT, which has none.
std::string write_range_of(Outcome outcome, std::int64_t row_count, bool with_count);

}  // namespace muster::api
