// One HTTP exchange with a Muster server: JSON in, JSON out, refusals as Failure; or as it comes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "cli/context.hpp"
#include "net/client.hpp"
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
    std::optional<std::string> text = {};  ///< JSON that is sent as it is, in place of `body`
    std::chrono::seconds timeout{30};
};

/// Fails: the server's refusal; unreachable. An empty 2xx answer is an empty object.
Outcome<boost::json::object> exchange(const Context& context, const HttpCall& call);

/// Any status, and the body as it came. Fails: unreachable.
Outcome<net::ClientResponse> exchange_as_is(const Context& context, const HttpCall& call);

/// What Muster itself said, where `response` may also be another server's that it passed on. Empty:
/// it is not a refusal of Muster's.
std::optional<Failure> find_refusal(const net::ClientResponse& response, const std::string& url);

}  // namespace muster::cli
