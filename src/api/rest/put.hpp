// PUT's extra rules: one row, named in full by the URL and by the body (PostgREST's "upsert"
// reference page). Called by tables.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/rest/table_request.hpp"

namespace muster::api {

/// Fails: PGRST105 filters that are not the primary key with eq, PGRST114 limit or offset, PGRST115
/// another key in the body.
rest::Result<void> check_put(const TableRequest& table);

}  // namespace muster::api
