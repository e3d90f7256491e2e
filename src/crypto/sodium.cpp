// libsodium, made ready.
// SPDX-License-Identifier: Apache-2.0
#include "crypto/sodium.hpp"

#include <stdexcept>

#include <sodium.h>

namespace muster::crypto {

void start_sodium() {
    static const int state = sodium_init();
    if (state < 0) throw std::runtime_error("libsodium can't start");
}

}  // namespace muster::crypto
