// The fields that device-enrollment's actions take, checked for form whatever the action.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "base/secret.hpp"
#include "core/result.hpp"

namespace muster::api {

inline constexpr std::string_view device_types =
    "laptop, desktop, mobile, tablet, windows, macos, linux, ios, android";

struct EnrollmentInput {
    std::optional<std::string> device_id, user_id, organization_id;
    std::optional<std::string> device_name, device_type, os, fingerprint, hostname;
    std::optional<std::string> reason, trust_level;
    std::optional<base::Secret<std::string>> enrollment_token, network_key;
};

/// Fails as api/fields.hpp says, for the first field that is wrong.
core::Result<EnrollmentInput> read_enrollment_input(const boost::json::object& body);

}  // namespace muster::api
