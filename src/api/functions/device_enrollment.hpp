// POST /functions/v1/device-enrollment: contract section 3. One route, eight actions.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// Contract section 3: "body at most 64 KiB".
inline constexpr std::size_t enrollment_body_bytes_max = std::size_t{64} * 1024;

boost::asio::awaitable<Answer> handle_device_enrollment(Call& call);

}  // namespace muster::api
