// GET /rest/v1/: the tables as a Swagger 2.0 document, in PostgREST's shape. Pure; called by
// api/rest/tables.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include <boost/json/object.hpp>

#include "api/rest/open_tables.hpp"

namespace muster::api {

struct ApiAddress {
    std::string host;       ///< as the client wrote it: "127.0.0.1:8080"
    std::string base_path;  ///< "/rest/v1"
    bool is_tls = false;
};

boost::json::object make_openapi(std::span<const OpenTable> tables, const ApiAddress& address);

/// What the role may do: relations that are not exposed, and verbs and columns without a grant, are
/// left out.
inline boost::json::object make_openapi(const rest::Catalog& catalog,
                                        const rest::Policies& policies, rest::Role role,
                                        const ApiAddress& address) {
    return make_openapi(list_open_tables(catalog, policies, role), address);
}

}  // namespace muster::api
