// What networks say of devices that they listed before, by the page: most of what a comparison
// writes. Called by app/reconciliation.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/lifecycle.hpp"
#include "store/transaction.hpp"

namespace muster::store {

/// A device before and after its node was seen again.
struct Sighting {
    core::TrackedDevice before;
    core::TrackedDevice after;
};

/// Nothing else changed between the two: status, trust, pin and secrets are what they were.
bool is_mere_sighting(const Sighting& sighting);

/// Writes last_seen, the network's columns, metadata and evidence of mere sightings, in two
/// statements for all of them. Returns how many rows still had `before`'s status, token and
/// fingerprint; the others are left as they are. Throws StoreError.
std::int64_t save_sightings(Transaction& transaction, std::span<const Sighting> sightings);

}  // namespace muster::store
