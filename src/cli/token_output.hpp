// How a new enrolment token is shown: for token create and device reactivate.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "cli/context.hpp"

namespace muster::cli {

/// `answer` has device_id, enrollment_token and expires_at; `link` is added to the JSON form.
/// `svg_file`: the QR code goes there (a private file) instead of to the terminal; empty: no.
Outcome<void> show_token(const Context& context, const std::string& url, boost::json::object answer,
                         const std::string& svg_file);

}  // namespace muster::cli
