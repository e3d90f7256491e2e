// /auth/v1: signing in with another provider (OAuth). None can be configured yet: what is left is
// to say so in GoTrue's words.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "api/router.hpp"

namespace muster::api {

/// Names that are known: none of them is configured.
std::span<const std::string_view> provider_names();

boost::asio::awaitable<Answer> handle_authorize(Call& call);  ///< GET /auth/v1/authorize
boost::asio::awaitable<Answer> handle_callback(Call& call);   ///< /auth/v1/callback

}  // namespace muster::api
