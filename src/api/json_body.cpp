// Strict JSON (RFC 8259): no comments, no trailing commas, no bad UTF-8.
// SPDX-License-Identifier: Apache-2.0
#include "api/json_body.hpp"

#include <boost/json/parse.hpp>

#include "base/encoding.hpp"

namespace muster::api {

namespace json = boost::json;

core::Result<json::object> parse_json_body(std::string_view body, json::storage_ptr memory) {
    if (!base::is_valid_utf8(body)) return core::fail(core::Code::invalid_utf8, "body");
    json::parse_options options;
    options.max_depth = json_depth_max;
    boost::system::error_code error;
    json::value value = json::parse(body, error, std::move(memory), options);
    if (error) return core::fail(core::Code::invalid_json, "body", error.message());
    if (!value.is_object()) {
        return core::fail(core::Code::invalid_json, "body", "an object was expected");
    }
    return std::move(value.get_object());
}

}  // namespace muster::api
