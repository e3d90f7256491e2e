// Web apps of other origins may call every route: they prove who they are by a header, never by a
// cookie, so the wildcard origin gives nothing away (Fetch standard, CORS protocol).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/http.hpp"

namespace muster::api {

/// Answers OPTIONS: allows what supabase-js sends and whatever else the browser asks for.
net::Response preflight(const net::Request& request);

void add_cors(net::Response& response);

}  // namespace muster::api
