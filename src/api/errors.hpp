// The only place that knows both refusals and HTTP.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "net/http.hpp"

namespace muster::api {

unsigned status_of(core::Errc kind);

/// {"error": sentence, "code": word}
net::Response function_error(const core::Error& error, core::Language language);

/// A refusal in GoTrue's words.
struct AuthRefusal {
    unsigned status;
    std::string_view word;
    std::string message;
};
AuthRefusal auth_refusal(const core::Error& error);

/// GoTrue's body, in the shape that the request's X-Supabase-Api-Version asks for.
net::Response auth_error(const core::Error& error, const net::Request& request);

/// A missing or unknown API key: {"message", "hint"}, as Supabase's gateway words it before /rest
/// and /auth are asked.
bool is_gateway_error(const core::Error& error);
net::Response gateway_error(const core::Error& error);

/// By Accept-Language; English when it prefers neither.
core::Language language_of(const net::Request& request);

}  // namespace muster::api
