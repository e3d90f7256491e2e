// The relations, columns and verbs that one role is allowed. Called by openapi.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rest/catalog.hpp"
#include "rest/policies.hpp"

namespace muster::api {

/// Points into the catalog.
struct OpenTable {
    const rest::Relation* relation = nullptr;
    std::vector<const rest::Column*> columns = {};  ///< those that some verb may touch
    bool may_read = false;
    bool may_insert = false;
    bool may_update = false;
    bool may_delete = false;
};

/// By name. Relations that are not exposed, and those without any grant, are left out.
std::vector<OpenTable> list_open_tables(const rest::Catalog& catalog,
                                        const rest::Policies& policies, rest::Role role);

}  // namespace muster::api
