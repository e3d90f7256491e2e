// The tables' rows as schemas of the OpenAPI document: types, formats, defaults, notes on keys.
// Pure; called by api/rest/openapi.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include <boost/json/object.hpp>

#include "api/rest/open_tables.hpp"

namespace muster::api {

/// By table. A foreign key is noted if its target is one of the tables, too.
boost::json::object make_definitions(std::span<const OpenTable> tables);

}  // namespace muster::api
