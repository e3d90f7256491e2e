// Fills a database with three organisations, their people, devices and history. Marks such as
// zqd17q stand in the values of a row and in no other: whoever reads one has read of that row.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/sealed.hpp"
#include "differential/dice.hpp"
#include "store/store.hpp"
#include "store/test_place.hpp"

namespace muster::differential {

struct SeedPerson {
    std::string name;
    std::string id;
};

/// `organizations` and `people` are there already. The people that it adds.
/// `driver`: whose the store is; a text[] is written as that has it.
std::vector<SeedPerson> seed_roster(store::Store& store, const crypto::Sealer& sealer, Dice& dice,
                                    std::vector<std::string> organizations,
                                    std::vector<std::string> people,
                                    store::TestDriver driver = store::test_driver());

}  // namespace muster::differential
