// Web apps of other origins may call every route: they prove who they are by a header, never by a
// cookie, so the wildcard origin gives nothing away (Fetch standard, CORS protocol). An operator
// may name the origins instead.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "net/http.hpp"

namespace muster::api {

/// Answers OPTIONS: allows what supabase-js sends and whatever else the browser asks for.
/// `origins`: those that may; empty: all.
net::Response preflight(const net::Request& request, const std::vector<std::string>& origins);

void add_cors(net::Response& response, const net::Request& request,
              const std::vector<std::string>& origins);

}  // namespace muster::api
