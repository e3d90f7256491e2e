// The server's own keys.
// SPDX-License-Identifier: Apache-2.0
#include "app/installation.hpp"

#include <algorithm>

#include "crypto/api_key.hpp"
#include "crypto/digest.hpp"
#include "store/keys.hpp"

namespace muster::app {

namespace {

using core::Code;

constexpr std::string_view signing_key_purpose = "signing_keys.private_key";
constexpr std::string_view api_key_purpose = "api_keys.sealed_key";
/// Of several servers that start on an empty database one makes the keys.
constexpr std::string_view first_start = "first_start";
constexpr auto api_key_lifetime = std::chrono::days(3650);

void insert_first_signing_key(store::Transaction& transaction, const Context& context) {
    const crypto::JwtKey key = crypto::JwtKey::generate_es256();
    store::insert_signing_key(
        transaction,
        {key.id(), "ES256", context.sealer.seal(key.to_pem(), signing_key_purpose), context.now});
}

/// Two roles, each in two forms.
struct KeyShape {
    std::string_view role;
    std::string_view kind;
};
constexpr KeyShape anon_jwt{"anon", "jwt"};
constexpr KeyShape service_jwt{"service_role", "jwt"};
constexpr KeyShape publishable{"anon", "opaque"};
constexpr KeyShape secret{"service_role", "opaque"};

base::Secret<std::string> make_key(const Context& context, const crypto::JwtKey& signer,
                                   const std::string& id, const KeyShape& shape) {
    if (shape.kind == "opaque") {
        const auto kind =
            shape.role == "anon" ? crypto::ApiKeyKind::publishable : crypto::ApiKeyKind::secret;
        return crypto::make_api_key(kind, context.random);
    }
    return base::Secret<std::string>(
        signer.sign({{"iss", "muster"},
                     {"jti", id},
                     {"role", shape.role},
                     {"iat", core::to_unix_seconds(context.now)},
                     {"exp", core::to_unix_seconds(context.now + api_key_lifetime)}}));
}

void insert_api_key(store::Transaction& transaction, const Context& context,
                    const crypto::JwtKey& signer, const KeyShape& shape) {
    const std::string id = new_id(context);
    const base::Secret<std::string> key = make_key(context, signer, id, shape);
    store::insert_api_key(transaction, {id, std::string(shape.role), std::string(shape.kind),
                                        crypto::sha256_hex(key.reveal()),
                                        context.sealer.seal(key, api_key_purpose), context.now});
}

core::Result<base::Secret<std::string>> open_api_key(store::Transaction& transaction,
                                                     const Context& context,
                                                     const crypto::JwtKey& signer,
                                                     const KeyShape& shape) {
    const auto is_it = [&](const store::ApiKey& row) {
        return row.role == shape.role && row.kind == shape.kind;
    };
    auto rows = store::list_api_keys(transaction);
    auto found = std::ranges::find_if(rows, is_it);
    if (found == rows.end()) {
        transaction.take_turns(first_start);
        insert_api_key(transaction, context, signer, shape);
        rows = store::list_api_keys(transaction);
        found = std::ranges::find_if(rows, is_it);
    }
    auto key = context.sealer.open(found->sealed_key, api_key_purpose);
    if (!key) return core::fail_with_detail(Code::internal, "sealing key");
    return std::move(*key);
}

}  // namespace

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

core::Result<Installation> open_installation(store::Transaction& transaction,
                                             const Context& context) {
    if (store::list_signing_keys(transaction).empty()) {
        transaction.take_turns(first_start);
        insert_first_signing_key(transaction, context);
    }
    auto keys = open_signing_keys(transaction, context);
    if (!keys) return std::unexpected(keys.error());
    std::vector<base::Secret<std::string>> api_keys;
    for (const KeyShape& shape : {anon_jwt, service_jwt, publishable, secret}) {
        auto key = open_api_key(transaction, context, keys->front(), shape);
        if (!key) return std::unexpected(key.error());
        api_keys.push_back(std::move(*key));
    }
    return Installation{std::move(*keys), std::move(api_keys[0]), std::move(api_keys[1]),
                        std::move(api_keys[2]), std::move(api_keys[3])};
}

}  // namespace muster::app
