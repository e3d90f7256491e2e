// The answers that the server gives by itself, without asking the handler.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "net/http.hpp"

namespace muster::net {

enum class Refusal {
    malformed_request,
    request_timeout,
    body_too_large,
    header_too_large,
    server_busy,      ///< too many connections
    handler_overdue,  ///< the handler missed its deadline
    internal,         ///< the handler threw
};

/// {"error","code"}; an internal error also tells the request id.
Response to_response(Refusal refusal, std::string_view request_id);

}  // namespace muster::net
