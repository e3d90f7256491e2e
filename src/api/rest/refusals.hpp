// Refusals below /rest/v1 that are made before the table API is asked: by the router, and for
// credentials that are not believed. PostgREST's words.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/authenticator.hpp"
#include "core/error.hpp"
#include "net/http.hpp"

namespace muster::api {

/// No such path or verb, a body too large, a server that is busy.
net::Response table_refusal(const core::Error& error, const net::Request& request);

/// PGRST301 a token that cannot be read or verified, PGRST303 claims that do not hold.
net::Response table_refusal(const CredentialFault& fault, const net::Request& request);

}  // namespace muster::api
