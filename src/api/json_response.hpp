// Answers with a JSON body.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/timestamp.hpp"
#include "net/http.hpp"

namespace muster::api {

inline net::Response json_response(const boost::json::object& body, unsigned status = 200) {
    net::Response response;
    response.status = status;
    response.body = boost::json::serialize(body);
    return response;
}

inline net::Response json_list_response(const boost::json::array& body) {
    net::Response response;
    response.body = boost::json::serialize(body);
    return response;
}

inline boost::json::value text_or_null(const std::optional<std::string>& text) {
    return text ? boost::json::value(*text) : boost::json::value(nullptr);
}

inline boost::json::value text_unless_empty(const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

inline boost::json::value time_or_null(const std::optional<core::Timestamp>& at) {
    return at ? boost::json::value(core::to_json_text(*at)) : boost::json::value(nullptr);
}

}  // namespace muster::api
