// The server's own keys.
// SPDX-License-Identifier: Apache-2.0
#include "app/installation.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "store/keys.hpp"

namespace muster::app {

namespace {

using core::Code;

constexpr std::string_view signing_key_purpose = "signing_keys.private_key";
constexpr std::string_view api_key_purpose = "api_keys.sealed_key";
constexpr auto api_key_lifetime = std::chrono::days(3650);

void insert_first_signing_key(store::Transaction& transaction, const Context& context) {
    const crypto::JwtKey key = crypto::JwtKey::generate_es256();
    store::insert_signing_key(
        transaction,
        {key.id(), "ES256", context.sealer.seal(key.to_pem(), signing_key_purpose), context.now});
}

void insert_api_key(store::Transaction& transaction, const Context& context,
                    const crypto::JwtKey& signer, std::string_view role) {
    const std::string id = new_id(context);
    const base::Secret<std::string> key(
        signer.sign({{"iss", "muster"},
                     {"jti", id},
                     {"role", role},
                     {"iat", core::to_unix_seconds(context.now)},
                     {"exp", core::to_unix_seconds(context.now + api_key_lifetime)}}));
    store::insert_api_key(transaction, {id, std::string(role), crypto::sha256_hex(key.reveal()),
                                        context.sealer.seal(key, api_key_purpose), context.now});
}

core::Result<std::vector<crypto::JwtKey>> open_signing_keys(store::Transaction& transaction,
                                                            const Context& context) {
    std::vector<crypto::JwtKey> keys;
    for (const store::SigningKey& row : store::list_signing_keys(transaction)) {
        const auto pem = context.sealer.open(row.private_key, signing_key_purpose);
        auto key = pem ? crypto::JwtKey::parse_es256(*pem) : std::nullopt;
        if (!key) return core::fail_with_detail(Code::internal, "sealing key");
        keys.push_back(std::move(*key));
    }
    return keys;
}

core::Result<base::Secret<std::string>> open_api_key(store::Transaction& transaction,
                                                     const Context& context,
                                                     const crypto::JwtKey& signer,
                                                     std::string_view role) {
    auto rows = store::list_api_keys(transaction);
    auto found = std::ranges::find(rows, role, &store::ApiKey::role);
    if (found == rows.end()) {
        insert_api_key(transaction, context, signer, role);
        rows = store::list_api_keys(transaction);
        found = std::ranges::find(rows, role, &store::ApiKey::role);
    }
    auto key = context.sealer.open(found->sealed_key, api_key_purpose);
    if (!key) return core::fail_with_detail(Code::internal, "sealing key");
    return std::move(*key);
}

}  // namespace

core::Result<Installation> open_installation(store::Transaction& transaction,
                                             const Context& context) {
    if (store::list_signing_keys(transaction).empty()) {
        insert_first_signing_key(transaction, context);
    }
    auto keys = open_signing_keys(transaction, context);
    if (!keys) return std::unexpected(keys.error());
    auto anon = open_api_key(transaction, context, keys->front(), "anon");
    if (!anon) return std::unexpected(anon.error());
    auto service = open_api_key(transaction, context, keys->front(), "service_role");
    if (!service) return std::unexpected(service.error());
    return Installation{std::move(*keys), std::move(*anon), std::move(*service)};
}

}  // namespace muster::app
