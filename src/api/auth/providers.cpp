// Providers by name.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/providers.hpp"

#include <algorithm>

#include "api/auth/auth_fields.hpp"
#include "api/fields.hpp"
#include "base/encoding.hpp"

namespace muster::api {

namespace {

constexpr std::size_t provider_bytes_max = 64;

constexpr std::string_view known_providers[] = {"apple",      "azure",
                                                "bitbucket",  "discord",
                                                "facebook",   "figma",
                                                "fly",        "github",
                                                "gitlab",     "google",
                                                "kakao",      "keycloak",
                                                "linkedin",   "linkedin_oidc",
                                                "notion",     "slack",
                                                "slack_oidc", "snapchat",
                                                "spotify",    "twitch",
                                                "twitter",    "vercel_marketplace",
                                                "workos",     "x",
                                                "zoom"};

}  // namespace

std::span<const std::string_view> provider_names() {
    return known_providers;
}

boost::asio::awaitable<Answer> handle_authorize(Call& call) {
    std::string provider = to_lower(call.request.query_value("provider"));
    if (provider.size() > provider_bytes_max || !base::is_valid_utf8(provider)) provider = "?";
    const bool known = std::ranges::find(known_providers, provider) != std::end(known_providers);
    co_return refuse_input(known ? "Unsupported provider: provider is not enabled"
                                 : "Unsupported provider: Provider " + provider +
                                       " could not be found");
}

boost::asio::awaitable<Answer> handle_callback(Call& call) {
    const bool given = !call.request.query_value("state").empty();
    co_return core::fail(given ? core::Code::bad_oauth_state : core::Code::bad_oauth_callback);
}

}  // namespace muster::api
