// How one relation reaches another by foreign keys: what an embed stands on (PostgREST's "resource
// embedding" reference page).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/catalog.hpp"
#include "rest/failure.hpp"

namespace muster::rest {

enum class Cardinality { many_to_one, one_to_one, one_to_many, many_to_many };

using ColumnPairs = std::vector<std::pair<std::string, std::string>>;

struct Relationship {
    Cardinality cardinality = Cardinality::many_to_one;
    const Relation* origin = nullptr;
    const Relation* target = nullptr;
    const ForeignKey* key = nullptr;  ///< that connects them; of the junction to the origin
    bool key_on_origin = false;
    ColumnPairs columns = {};  ///< origin's, target's; for a junction: origin's, junction's
    const Relation* junction = nullptr;
    const ForeignKey* junction_key = nullptr;  ///< of the junction to the target
    ColumnPairs junction_columns = {};         ///< junction's, target's

    bool to_one() const {
        return cardinality == Cardinality::many_to_one || cardinality == Cardinality::one_to_one;
    }
};

/// The one relationship that `target` (a relation, a constraint, or a column of the origin) and
/// `hint` name. Fails: PGRST200 none, PGRST201 several.
Result<Relationship> find_relationship(const Catalog& catalog, const Relation& origin,
                                       std::string_view target, std::string_view hint);

}  // namespace muster::rest
