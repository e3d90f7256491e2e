// A request to /rest/v1/{relation}, read: what tables.cpp runs. Nothing here looks at data.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/rest/bodies.hpp"
#include "api/rest/media_types.hpp"
#include "api/rest/preferences.hpp"
#include "net/http.hpp"
#include "rest/access.hpp"
#include "rest/query.hpp"
#include "rest/selection.hpp"

namespace muster::api {

struct TableRequest {
    Verb verb = Verb::read;
    const rest::Relation* relation = nullptr;
    rest::Query query = {};
    std::string location = {};  ///< the relation and the query: "/devices?select=id"
    Preferences preferences = {};
    MediaType media = MediaType::json;
    Rows rows = {};                         ///< POST, PATCH, PUT
    std::vector<std::string> columns = {};  ///< that are written: columns=, or the body's keys

    bool wants_rows() const {
        return verb == Verb::read ||
               preferences.representation == Preferences::Return::representation;
    }
    rest::NullMembers nulls() const {
        return is_without_nulls(media) ? rest::NullMembers::stripped : rest::NullMembers::kept;
    }
};

/// Fails: PGRST100 to PGRST125 as the parts of the request are wrong, PGRST205.
rest::Result<TableRequest> read_table_request(const net::Request& request,
                                              const rest::Access& access,
                                              std::string_view relation);

/// Accept-Profile or Content-Profile names a schema that is served. Fails: PGRST106.
rest::Result<void> check_profile(const net::Request& request);

}  // namespace muster::api
