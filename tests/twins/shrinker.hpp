// Looks for a shorter sequence that shows the same difference.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "twins/step.hpp"

namespace muster::twins {

struct Shrunk {
    std::vector<Step> steps;
    std::vector<Answer> first;  ///< to each of them
    std::vector<Answer> second;
    std::vector<std::string> faults;
    std::size_t trials = 0;
};

/// `faults`: what the last of `steps`, or the tables after it, showed. Steps keep their time and
/// their number, so a later one asks for the same ids and tokens when an earlier one is left out.
Shrunk shrink(std::uint64_t seed, std::vector<Step> steps, const std::vector<std::string>& faults);

}  // namespace muster::twins
