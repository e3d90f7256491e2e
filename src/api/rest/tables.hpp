// /rest/v1: the table API over HTTP, as PostgREST answers it (its "API" reference pages).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "api/router.hpp"

namespace muster::api {

inline constexpr std::size_t table_body_bytes_max = std::size_t{1024} * 1024;

/// GET, HEAD, POST, PATCH, PUT, DELETE of /rest/v1/{relation}.
boost::asio::awaitable<Answer> handle_table(Call& call);
/// OPTIONS that is no browser's preflight: which verbs the relation has.
boost::asio::awaitable<Answer> handle_table_options(Call& call);
/// GET /rest/v1/: OpenAPI.
boost::asio::awaitable<Answer> handle_table_root(Call& call);
}  // namespace muster::api
