// Where a link that was followed leads in the end, and what is written into that URL
// (supabase-contract section 2.7).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "api/errors.hpp"
#include "api/services.hpp"
#include "net/http.hpp"

namespace muster::api {

struct RedirectRules {
    std::string_view site_url;
    std::span<const std::string> patterns;
};

/// The site itself (scheme, host and port; any port where it is a loopback address), another
/// loopback address, or a match of the patterns. Hosts in decimal form never are.
bool is_redirect_allowed(std::string_view url, const RedirectRules& rules);

/// What the client asked for by header or query, else the page that it came from, if they are
/// allowed; else the site.
std::string choose_redirect(const net::Request& request, const Services& services);

std::string site_url_of(const Services& services);

enum class Flow { implicit, pkce };

/// A session's tokens in the fragment. `type`: of the link.
std::string with_session(const std::string& url, const boost::json::object& session,
                         std::string_view type);
/// ?code=
std::string with_code(const std::string& url, const std::string& code);
/// Refusals and notes go into the fragment; with PKCE into the query, too.
std::string with_refusal(const std::string& url, const AuthRefusal& refusal, Flow flow);
std::string with_message(const std::string& url, std::string_view message, Flow flow);

/// 303
net::Response redirect_to(std::string url);

}  // namespace muster::api
