// Makes a request that failed smaller, as long as it fails in the same way.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "differential/request_maker.hpp"

namespace muster::differential {

using Judge = std::function<std::vector<std::string>(const Request&)>;

/// `judge` sends the request and says what is wrong with the answer.
Request shrink(Request request, const Judge& judge);

}  // namespace muster::differential
