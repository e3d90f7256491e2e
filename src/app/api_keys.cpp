// Looks an API key up by its digest.
// SPDX-License-Identifier: Apache-2.0
#include "app/api_keys.hpp"

#include "store/keys.hpp"

namespace muster::app {

core::Result<std::optional<std::string>> find_api_key_role(store::Transaction& transaction,
                                                           std::string_view digest) {
    return store::find_api_key_role(transaction, digest);
}

}  // namespace muster::app
