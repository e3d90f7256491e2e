// /auth/v1/factors: second factors of the signed-in user.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_enroll_factor(Call& call);     ///< POST /factors
boost::asio::awaitable<Answer> handle_challenge_factor(Call& call);  ///< POST .../challenge
boost::asio::awaitable<Answer> handle_verify_factor(Call& call);     ///< POST .../verify
boost::asio::awaitable<Answer> handle_remove_factor(Call& call);     ///< DELETE /factors/{id}

}  // namespace muster::api
