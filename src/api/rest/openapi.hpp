// GET /rest/v1/: the tables as a Swagger 2.0 document, in PostgREST's shape. Pure; called by
// api/rest/tables.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "rest/catalog.hpp"
#include "rest/policies.hpp"

namespace muster::api {

struct ApiAddress {
    std::string host;       ///< as the client wrote it: "127.0.0.1:8080"
    std::string base_path;  ///< "/rest/v1"
    bool is_tls = false;
};

/// What the role may do: relations that are not exposed, and verbs and columns without a grant, are
/// left out.
boost::json::object make_openapi(const rest::Catalog& catalog, const rest::Policies& policies,
                                 rest::Role role, const ApiAddress& address);

}  // namespace muster::api
