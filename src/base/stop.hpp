// The end of a broken program: a state that no input can cause has been met.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace muster::base {

/// `why` goes to stderr as it is: never a secret.
[[noreturn]] inline void stop(std::string_view why) noexcept {
    std::fprintf(stderr, "muster: broken program: %.*s\n", static_cast<int>(why.size()),
                 why.data());
    std::abort();
}

}  // namespace muster::base
