// `muster serve`: builds the parts, connects them, runs until told to stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "main/settings.hpp"

namespace muster::main {

/// Prints "listening on URL" on stdout when ready. Returns the exit code: 0 after SIGTERM or
/// SIGINT. Throws StartError.
int serve(const Settings& settings);

}  // namespace muster::main
