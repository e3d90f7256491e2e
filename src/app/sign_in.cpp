// Sessions. A refresh token names its session and a count, under a MAC with the session's own key:
// the database holds no token, only the key (sealed) and the newest count.
// SPDX-License-Identifier: Apache-2.0
#include "app/sign_in.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::app {

namespace {

using core::Code;
using Bytes = std::vector<std::byte>;

constexpr std::string_view refresh_key_purpose = "sessions.refresh_key";
constexpr std::size_t id_bytes = 16;
constexpr std::size_t counter_bytes = 4;
constexpr std::size_t mac_bytes = 24;

struct RefreshToken {
    std::string session_id;
    std::int64_t counter = 0;
    Bytes mac;
};

std::string without_dashes(std::string_view uuid) {
    std::string hex(uuid);
    std::erase(hex, '-');
    return hex;
}

std::string with_dashes(const std::string& hex) {
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

Bytes mac_of(std::string_view key, const std::string& session_id, std::int64_t counter) {
    const crypto::Sha256 full =
        crypto::hmac_sha256(base::bytes_of(key), session_id + "." + std::to_string(counter));
    return {full.begin(), full.begin() + mac_bytes};
}

base::Secret<std::string> make_refresh_token(std::string_view key, const std::string& session_id,
                                             std::int64_t counter) {
    Bytes bytes = base::parse_hex(without_dashes(session_id)).value_or(Bytes{});
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::byte>((counter >> shift) & 0xff));
    }
    const Bytes mac = mac_of(key, session_id, counter);
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    return base::Secret(base::to_base64url(bytes));
}

std::optional<RefreshToken> parse_refresh_token(const base::Secret<std::string>& token) {
    const auto bytes = base::parse_base64url(token.reveal());
    if (!bytes || bytes->size() != id_bytes + counter_bytes + mac_bytes) return std::nullopt;
    const std::span<const std::byte> all(*bytes);
    RefreshToken parsed;
    parsed.session_id = with_dashes(base::to_hex(all.first(id_bytes)));
    for (const std::byte byte : all.subspan(id_bytes, counter_bytes)) {
        parsed.counter = parsed.counter * 256 + std::to_integer<std::int64_t>(byte);
    }
    const auto mac = all.last(mac_bytes);
    parsed.mac.assign(mac.begin(), mac.end());
    return parsed;
}

std::string first_amr(std::string_view method, core::Timestamp at) {
    const boost::json::object entry{{"method", method}, {"timestamp", core::to_unix_seconds(at)}};
    return boost::json::serialize(boost::json::array{entry});
}

OpenSession reopened(const store::Session& session, const store::User& user, std::string_view key,
                     std::int64_t counter) {
    return {user, session.id, make_refresh_token(key, session.id, counter), session.aal,
            session.amr};
}

Refresh refuse(Code code) {
    return {std::nullopt, code};
}

/// The token is genuine, but not the session's newest.
core::Result<Refresh> answer_old_token(store::Transaction& transaction, const Context& context,
                                       const store::Session& session, const store::User& user,
                                       std::string_view key, std::int64_t counter) {
    const bool parent = counter + 1 == session.refresh_counter;
    const bool in_grace = context.now - session.refreshed_at <= context.rules.refresh_grace;
    if (!parent && !in_grace) {
        store::delete_sessions(transaction, session.user_id, session.id,
                               store::SessionScope::local);
        return refuse(Code::refresh_token_already_used);
    }
    return Refresh{reopened(session, user, key, session.refresh_counter)};
}

/// The person that the credentials name, session or not.
core::Result<store::User> get_caller(store::Transaction& transaction, const Context& context) {
    if (context.caller.kind != core::Caller::Kind::user) return core::fail(Code::missing_subject);
    auto user = store::find_user(transaction, context.caller.user_id);
    if (!user || user->deleted_at) return core::fail(Code::session_user_not_found);
    if (is_banned(*user, context.now)) return core::fail(Code::user_banned);
    return std::move(*user);
}

}  // namespace

std::optional<store::User> find_login(store::Transaction& transaction, std::string_view email) {
    return store::find_user_by_email(transaction, email);
}

bool is_banned(const store::User& user, core::Timestamp now) {
    return user.banned_until && now < *user.banned_until;
}

core::Result<OpenSession> sign_in(store::Transaction& transaction, const Context& context,
                                  const std::string& user_id) {
    auto user = store::find_user(transaction, user_id);
    if (!user) return core::fail(Code::invalid_credentials);
    if (is_banned(*user, context.now)) return core::fail(Code::sign_in_banned);
    if (!user->email_confirmed_at) return core::fail(Code::email_not_confirmed);
    return open_session(transaction, context, std::move(*user), "password");
}

void replace_hash(store::Transaction& transaction, const std::string& user_id,
                  const std::string& foreign, const std::string& hash) {
    auto user = store::find_user(transaction, user_id);
    if (!user || user->encrypted_password != foreign) return;
    user->encrypted_password = hash;
    store::save_user(transaction, *user);
}

OpenSession open_session(store::Transaction& transaction, const Context& context, store::User user,
                         std::string_view method) {
    std::array<std::byte, 32> random{};
    context.random.fill(random);
    const base::Secret<std::string> key(base::to_base64url(random));
    store::Session session;
    session.id = new_id(context);
    session.user_id = user.id;
    session.refresh_key = context.sealer.seal(key, refresh_key_purpose);
    session.refreshed_at = context.now;
    session.created_at = context.now;
    session.ip_address = context.caller.ip_address;
    session.amr = first_amr(method, context.now);
    store::insert_session(transaction, session);
    store::save_sign_in(transaction, user.id, context.now);
    user.last_sign_in_at = context.now;
    user.updated_at = context.now;
    return reopened(session, user, key.reveal(), 0);
}

core::Result<Refresh> refresh_session(store::Transaction& transaction, const Context& context,
                                      const base::Secret<std::string>& refresh_token) {
    const auto token = parse_refresh_token(refresh_token);
    if (!token) return refuse(Code::refresh_token_not_found);
    const auto session = store::find_session(transaction, token->session_id);
    if (!session) return refuse(Code::refresh_token_not_found);
    const auto key = context.sealer.open(session->refresh_key, refresh_key_purpose);
    if (!key) return refuse(Code::refresh_token_not_found);
    const Bytes expected = mac_of(key->reveal(), session->id, token->counter);
    if (!crypto::equal_in_constant_time(expected, token->mac)) {
        return refuse(Code::refresh_token_not_found);
    }
    const auto user = store::find_user(transaction, session->user_id);
    if (!user) return refuse(Code::refresh_token_not_found);
    if (is_banned(*user, context.now)) return refuse(Code::refresh_banned);
    if (token->counter != session->refresh_counter) {
        return answer_old_token(transaction, context, *session, *user, key->reveal(),
                                token->counter);
    }
    if (!store::advance_session(transaction, session->id, token->counter, context.now)) {
        return core::fail(Code::conflict);
    }
    return Refresh{reopened(*session, *user, key->reveal(), token->counter + 1)};
}

core::Result<OpenSession> renew_session(store::Transaction& transaction, const Context& context,
                                        const store::User& user, const store::Session& session) {
    const auto key = context.sealer.open(session.refresh_key, refresh_key_purpose);
    if (!key) return core::fail(Code::session_not_found);
    if (!store::advance_session(transaction, session.id, session.refresh_counter, context.now)) {
        return core::fail(Code::conflict);
    }
    return reopened(session, user, key->reveal(), session.refresh_counter + 1);
}

core::Result<SignedIn> get_signed_in(store::Transaction& transaction, const Context& context) {
    auto user = get_caller(transaction, context);
    if (!user) return std::unexpected(user.error());
    auto session = store::find_session(transaction, context.caller.session_id);
    if (!session || session->user_id != user->id) return core::fail(Code::session_not_found);
    return SignedIn{std::move(*user), std::move(*session)};
}

core::Result<store::User> get_signed_in_user(store::Transaction& transaction,
                                             const Context& context) {
    if (context.caller.is_foreign) return get_caller(transaction, context);
    auto found = get_signed_in(transaction, context);
    if (!found) return std::unexpected(found.error());
    return std::move(found->user);
}

core::Result<void> close_sessions(store::Transaction& transaction, const Context& context,
                                  store::SessionScope scope) {
    const auto user = get_signed_in_user(transaction, context);
    if (!user) return std::unexpected(user.error());
    store::delete_sessions(transaction, context.caller.user_id, context.caller.session_id, scope);
    return {};
}

}  // namespace muster::app
