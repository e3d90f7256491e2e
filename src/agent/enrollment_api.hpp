// The agent's side of POST /functions/v1/device-enrollment: one call, and what its answer means.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "core/timestamp.hpp"
#include "net/client.hpp"

namespace muster::agent {

struct ServerAddress {
    std::string url;              ///< "https://muster.example", without a slash at the end
    std::string accept_language;  ///< in which the server's sentences come
    std::string ca_file;          ///< PEM; empty: the system's store
    std::chrono::milliseconds request_timeout{15'000};
};

struct CallFailure {
    enum class Kind {
        refused,   ///< the server said no, for good
        busy,      ///< the server asks to come back later
        lost,      ///< no answer; whether the server acted is unknown
        hopeless,  ///< no answer, and trying again cannot help: an untrusted certificate
        bad_url,   ///< nothing was sent
    };
    Kind kind;
    std::string message;  ///< for people
    std::string code;     ///< the server's word; empty where there is none
    std::chrono::seconds retry_after{0};
};

struct CallAnswer {
    boost::json::object fields;
    std::optional<core::Timestamp> server_time;  ///< by the server's clock; empty: it did not say
};

/// `action` and its fields. The fields hold the token: they go nowhere but into the request.
std::expected<CallAnswer, CallFailure> call_enrollment(const ServerAddress& server,
                                                       const boost::json::object& fields);

}  // namespace muster::agent
