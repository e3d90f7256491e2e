// POST /auth/v1/admin/generate_link.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/router.hpp"

namespace muster::api {

/// The link and code of a letter, for servers that send their own letters.
boost::asio::awaitable<Answer> handle_generate_link(Call& call);

}  // namespace muster::api
