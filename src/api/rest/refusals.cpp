// Codes of the rest of the server keep their words where PostgREST has none.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/refusals.hpp"

#include <utility>

#include "api/errors.hpp"
#include "api/rest/answers.hpp"

namespace muster::api {

namespace {

using core::Code;
using crypto::JwtFault;

std::string message_of(const CredentialFault& fault) {
    switch (fault.jwt.value_or(JwtFault::malformed)) {
        case JwtFault::empty: return "Empty JWT is sent in Authorization header";
        case JwtFault::wrong_part_count:
            return "Expected 3 parts in JWT; got " + std::to_string(fault.part_count);
        case JwtFault::malformed: return "JWT couldn't be decoded";
        case JwtFault::unsupported_algorithm: return "Wrong or unsupported encoding algorithm";
        case JwtFault::unknown_key: return "No suitable key or wrong key type";
        case JwtFault::bad_signature: return "JWT cryptographic operation failed";
        case JwtFault::bad_claims: return "Parsing claims failed";
        case JwtFault::expired: return "JWT expired";
        case JwtFault::not_yet_valid: return "JWT not yet valid";
        case JwtFault::issued_in_future: return "JWT issued at future";
    }
    std::unreachable();
}

bool is_about_claims(JwtFault fault) {
    return fault == JwtFault::bad_claims || fault == JwtFault::expired ||
           fault == JwtFault::not_yet_valid || fault == JwtFault::issued_in_future;
}

rest::Failure unknown_method(const net::Request& request) {
    const std::string method(request.method);
    if (request.path.starts_with("/rest/v1/rpc/")) {
        return {"PGRST101", "Cannot use the " + method + " method on RPC"};
    }
    return {"PGRST117", "Unsupported HTTP method: " + method};
}

}  // namespace

net::Response table_refusal(const core::Error& error, const net::Request& request) {
    const auto refuse = [&](const rest::Failure& failure) {
        return refusal_of(failure, rest::Role::anon, request.method);
    };
    if (error.code == Code::route_not_found) {
        return refuse({"PGRST125", "Invalid path specified in request URL"});
    }
    if (error.code == Code::method_not_allowed) {
        net::Response response = refuse(unknown_method(request));
        response.headers.push_back({"Allow", error.allowed});
        return response;
    }
    const rest::Failure failure{std::string(core::word_of(error.code)),
                                core::message_of(error, core::Language::english)};
    net::Response response = function_error(error, core::Language::english);
    response.body = refuse(failure).body;
    return response;
}

net::Response table_refusal(const CredentialFault& fault, const net::Request& request) {
    if (!fault.jwt) return table_refusal(fault.error, request);
    const bool claims = is_about_claims(*fault.jwt);
    return refusal_of({claims ? "PGRST303" : "PGRST301", message_of(fault)}, rest::Role::anon,
                      request.method);
}

}  // namespace muster::api
