// Table attempts: what is left of the rate limits' buckets, counted for all servers of a database
// that is shared (Store::is_shared). Any other server counts in its memory, and has no such table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "store/transaction.hpp"

namespace muster::store {

struct Bucket {
    std::string_view limit;  ///< its name
    std::string_view key;    ///< an address, an account
    double burst;            ///< attempts at once
    double per_minute;       ///< steady refill
};

/// Takes one attempt, by the database's clock. Returns what is left in the bucket; below 0: there
/// was none to take, and so much is missing until there is.
double take_attempt(Transaction& transaction, const Bucket& bucket);
/// One attempt goes back. The bucket never holds more than its burst.
void give_back_attempt(Transaction& transaction, const Bucket& bucket);
/// Forgets the buckets that are full again and, beyond `count_max`, those that are closest to it.
/// Returns how many.
int forget_full_buckets(Transaction& transaction, int count_max);

}  // namespace muster::store
