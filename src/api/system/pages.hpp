// The two pages that a person may meet before there is a console: the front door, and what a link
// or QR code opens.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

boost::asio::awaitable<Answer> handle_front_page(Call& call);   ///< GET /
boost::asio::awaitable<Answer> handle_enroll_page(Call& call);  ///< GET /enroll?token=...

}  // namespace muster::api
