// What libpq is asked to connect with: the operator's words, and ours for what they leave open.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace muster::store::postgres {

/// Keywords and values of libpq's. Hold a password at times.
using ConnectionOptions = std::vector<std::pair<std::string, std::string>>;

/// What `database`, a service file and the PG... variables of the environment say, with ours added:
/// a dead peer is noticed within seconds, and a standby is passed over. The encoding is always
/// UTF8. Throws StoreError for a text that is none; what it says repeats nothing of the text, which
/// may hold a password.
ConnectionOptions connection_options(const std::string& database);

}  // namespace muster::store::postgres
