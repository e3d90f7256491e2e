// libsodium, made ready: everything in crypto/ that calls it calls this first.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace muster::crypto {

/// Any thread, any number of times. Throws std::runtime_error if libsodium can't start.
void start_sodium();

}  // namespace muster::crypto
