// The table of the server's own error answers.
// SPDX-License-Identifier: Apache-2.0
#include "net/refusal.hpp"

#include <utility>

#include <fmt/format.h>

namespace muster::net {
namespace {

struct Face {
    unsigned status;
    std::string_view code;
    std::string_view error;
};

Face face_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::malformed_request:
            return {400, "malformed_request", "the request is not valid HTTP/1.1"};
        case Refusal::request_timeout:
            return {408, "request_timeout", "the request took too long to arrive"};
        case Refusal::body_too_large:
            return {413, "body_too_large", "the body is larger than this server accepts"};
        case Refusal::header_too_large:
            return {431, "header_too_large", "the headers are larger than this server accepts"};
        case Refusal::server_busy:
            return {503, "server_busy", "too many connections; try again later"};
        case Refusal::handler_overdue:
            return {503, "server_busy", "the answer took too long; try again later"};
        case Refusal::internal: return {500, "internal", "internal error"};
    }
    std::unreachable();
}

}  // namespace

Response to_response(Refusal refusal, std::string_view request_id) {
    const Face face = face_of(refusal);
    Response response;
    response.status = face.status;
    if (face.status == 503) response.headers.push_back(Header{"Retry-After", "1"});
    // Request ids hold no character that JSON would want escaped.
    response.body = refusal == Refusal::internal
                        ? fmt::format(R"({{"error":"{}","code":"{}","request_id":"{}"}})",
                                      face.error, face.code, request_id)
                        : fmt::format(R"({{"error":"{}","code":"{}"}})", face.error, face.code);
    return response;
}

}  // namespace muster::net
