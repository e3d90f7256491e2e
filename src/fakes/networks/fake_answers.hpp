// Answers of the fakes, in a few words.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/timestamp.hpp"
#include "net/http.hpp"

namespace muster::fakes {

inline net::Response answer_json(unsigned status, const boost::json::value& body) {
    return net::Response{.status = status, .body = boost::json::serialize(body)};
}
inline net::Response ok(const boost::json::value& body = boost::json::object()) {
    return answer_json(200, body);
}
inline net::Response refuse(unsigned status, std::string_view message) {
    return answer_json(status, boost::json::object{{"message", message}});
}

/// 2026-11-23T10:00:00Z: these APIs tell whole seconds.
inline std::string to_rfc3339(core::Timestamp at) {
    return core::to_text(at).substr(0, 19) + "Z";
}

}  // namespace muster::fakes
