// What a fuzz target claims about its input's answer. A claim that fails stops the program, so that
// libFuzzer keeps the input.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>

namespace muster::fuzz {

inline void require(bool holds, const char* claim) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", claim);
    std::abort();
}

}  // namespace muster::fuzz
