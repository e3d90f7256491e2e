// One statement each.
// SPDX-License-Identifier: Apache-2.0
#include "app/attempts.hpp"

namespace muster::app {

core::Result<double> take_attempt(store::Transaction& transaction, const store::Bucket& bucket) {
    return store::take_attempt(transaction, bucket);
}

core::Result<void> give_back_attempt(store::Transaction& transaction, const store::Bucket& bucket) {
    store::give_back_attempt(transaction, bucket);
    return {};
}

}  // namespace muster::app
