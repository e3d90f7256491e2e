// The two actions of device-enrollment that wait for a network, between two transactions and under
// a deadline.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/functions/enrollment_input.hpp"
#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> verify_token(Call& call, const EnrollmentInput& input);
boost::asio::awaitable<Answer> check_network_status(Call& call, const EnrollmentInput& input);

}  // namespace muster::api
