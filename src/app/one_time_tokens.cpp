// Making and recognising one-time tokens.
// SPDX-License-Identifier: Apache-2.0
#include "app/one_time_tokens.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::app {

namespace {

constexpr std::string_view code_purpose = "one_time_tokens.sealed_code";
constexpr std::string_view pkce_prefix = "pkce_";
constexpr std::size_t link_bytes = 28;
constexpr std::uint64_t code_count = 1'000'000;
/// Several users may be about to change to the same address; more are not looked at.
constexpr std::int64_t tokens_of_an_address_max = 10;

std::string make_code(base::Random& random) {
    std::array<std::byte, 8> bytes{};
    random.fill(bytes);
    std::uint64_t number = 0;
    for (const std::byte byte : bytes) number = number << 8 | std::to_integer<std::uint64_t>(byte);
    return fmt::format("{:06}", number % code_count);
}

std::string make_link_token(base::Random& random, bool pkce) {
    std::array<std::byte, link_bytes> bytes{};
    random.fill(bytes);
    return std::string(pkce ? pkce_prefix : "") + base::to_hex(bytes);
}

bool is_among(std::span<const store::TokenKind> kinds, store::TokenKind kind) {
    return std::ranges::find(kinds, kind) != kinds.end();
}

bool has_code(const Context& context, const store::OneTimeToken& token, std::string_view code) {
    if (token.attempts >= wrong_codes_max) return false;
    const auto kept = context.sealer.open(token.sealed_code, code_purpose);
    return kept &&
           crypto::equal_in_constant_time(base::bytes_of(kept->reveal()), base::bytes_of(code));
}

}  // namespace

IssuedOneTimeToken issue_one_time_token(store::Transaction& transaction, const Context& context,
                                        const std::string& user_id, store::TokenKind kind,
                                        std::string_view address,
                                        const std::optional<store::CodeChallenge>& challenge) {
    const IssuedOneTimeToken issued{
        base::Secret(make_code(context.random)),
        base::Secret(make_link_token(context.random, challenge.has_value()))};
    store::OneTimeToken token;
    token.id = new_id(context);
    token.user_id = user_id;
    token.kind = kind;
    token.address = address;
    token.link_digest = crypto::sha256_hex(issued.link_token.reveal());
    token.sealed_code = context.sealer.seal(issued.code, code_purpose);
    token.challenge = challenge;
    token.created_at = context.now;
    token.expires_at = context.now + context.rules.accounts.code_lifetime;
    store::replace_one_time_token(transaction, token);
    return issued;
}

std::optional<store::OneTimeToken> find_by_link(store::Transaction& transaction,
                                                const Context& context, std::string_view link_token,
                                                std::span<const store::TokenKind> kinds) {
    auto token = store::find_one_time_token_by_link(transaction, crypto::sha256_hex(link_token));
    if (!token || !is_among(kinds, token->kind)) return std::nullopt;
    if (context.now > token->expires_at) return std::nullopt;
    return token;
}

std::optional<store::OneTimeToken> find_by_code(store::Transaction& transaction,
                                                const Context& context, std::string_view address,
                                                std::string_view code,
                                                std::span<const store::TokenKind> kinds) {
    std::vector<std::string> wrong;
    for (store::OneTimeToken& token :
         store::list_one_time_tokens(transaction, address, tokens_of_an_address_max)) {
        if (!is_among(kinds, token.kind) || context.now > token.expires_at) continue;
        if (has_code(context, token, code)) return std::move(token);
        wrong.push_back(token.id);
    }
    for (const std::string& id : wrong) store::count_wrong_code(transaction, id);
    return std::nullopt;
}

}  // namespace muster::app
