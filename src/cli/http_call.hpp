// One HTTP exchange with a Muster server: JSON in, JSON out, refusals as Failure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/context.hpp"
#include "net/http.hpp"

namespace muster::cli {

using Query = std::vector<std::pair<std::string, std::string>>;

struct HttpCall {
    std::string method = "GET";
    std::string url;  ///< the server's
    std::string path;
    Query query = {};  ///< empty values are left out
    std::optional<boost::json::object> body = {};
    std::vector<net::Header> credentials = {};
};

/// Fails: the server's refusal; unreachable. An empty 2xx answer is an empty object.
Outcome<boost::json::object> exchange(const Context& context, const HttpCall& call);

}  // namespace muster::cli
