// A body's members as the values of columns: named, allowed, converted, and concealed where the
// column keeps a secret. Called by writing.cpp and insertion.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "rest/access.hpp"
#include "rest/violations.hpp"
#include "rest/writing.hpp"

namespace muster::rest {

/// Fails: PGRST204 no such column, 42501 the role may not write it.
Result<std::vector<const Column*>> find_targets(const Access& access, Command command,
                                                const Relation& relation,
                                                const std::vector<std::string>& columns);

/// The members that are there. Fails: 22P02 and its like.
Result<WrittenValues> read_payload(const Access& access, const Relation& relation,
                                   const std::vector<const Column*>& targets,
                                   const boost::json::object& members);

/// Fails: PGRST116, PGRST124.
Result<void> require_count(std::int64_t affected, const WriteOptions& options);

}  // namespace muster::rest
