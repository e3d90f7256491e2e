// The Prefer header of the table API (RFC 7240, PostgREST's "Prefer header" reference page). Pure;
// called by api/rest/tables.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "rest/failure.hpp"

namespace muster::api {

/// What the client would like. The first of several values of a preference counts.
struct Preferences {
    enum class Resolution { merge_duplicates, ignore_duplicates };
    enum class Missing { defaults, nulls };  ///< what stands for an absent key of columns=
    enum class Return { minimal, headers_only, representation };
    enum class Count { exact, planned, estimated };
    enum class Transaction { commit, rollback };
    enum class Handling { strict, lenient };

    std::optional<Resolution> resolution = {};
    std::optional<Missing> missing = {};
    std::optional<Return> representation = {};
    std::optional<Count> count = {};
    std::optional<Transaction> transaction = {};  ///< for reading only: never honoured
    std::optional<Handling> handling = {};
    std::optional<std::string> timezone = {};       ///< only names of UTC are taken
    std::optional<std::int64_t> max_affected = {};  ///< only with handling=strict
    std::vector<std::string> unknown = {};          ///< as sent, in order
};

/// Fails: PGRST122 (handling=strict and a preference that is not known).
rest::Result<Preferences> parse_preferences(std::span<const net::HeaderView> headers);

enum class Verb {
    read,
    insert,
    update,
    upsert_one,
    remove
};  ///< GET HEAD, POST, PATCH, PUT, DELETE

/// The value of Preference-Applied; empty: no such header.
std::string applied_preferences(const Preferences& preferences, Verb verb);

}  // namespace muster::api
