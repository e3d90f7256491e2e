// What the table API serves: the database's catalog and the policies. Called by main/ once, at
// start.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "crypto/sealed.hpp"
#include "rest/access.hpp"
#include "store/store.hpp"

namespace muster::api {

struct TableSchemaOptions {
    std::filesystem::path policies_file;  ///< the operator's own; empty: none
    std::int64_t rows_max = 1'000;
};

/// `sealer` must outlive the schema. Fails with one sentence: the file cannot be read, or
/// "FILE:LINE:COLUMN: what is wrong", or FILE and a table whose policies are more than the database
/// takes.
std::expected<rest::Schema, std::string> load_table_schema(store::Store& store,
                                                           const crypto::Sealer& sealer,
                                                           const TableSchemaOptions& options);

}  // namespace muster::api
