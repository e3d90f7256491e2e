// Which form an answer takes (Accept) and a request's body has (Content-Type). Pure; called by
// api/rest/tables.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "rest/failure.hpp"

namespace muster::api {

enum class MediaType {
    json,                ///< an array of rows
    json_without_nulls,  ///< the same, rows without their null members
    object,              ///< one row; anything else is PGRST116
    object_without_nulls,
    csv,
    openapi,
};

/// What a table can be answered as; the root has OpenAPI and JSON.
std::span<const MediaType> table_media_types();
std::span<const MediaType> root_media_types();

/// The best of `offered` by all Accept headers; none, or */*: the first. Fails: PGRST107.
rest::Result<MediaType> negotiate(std::span<const net::HeaderView> headers,
                                  std::span<const MediaType> offered);

/// With its charset: "text/csv; charset=utf-8".
std::string_view content_type_of(MediaType type);

constexpr bool is_single(MediaType type) {
    return type == MediaType::object || type == MediaType::object_without_nulls;
}
constexpr bool is_without_nulls(MediaType type) {
    return type == MediaType::json_without_nulls || type == MediaType::object_without_nulls;
}

enum class BodyType { json, csv, form };

/// Empty: JSON. Fails: PGRST102.
rest::Result<BodyType> parse_body_type(std::string_view content_type);

}  // namespace muster::api
