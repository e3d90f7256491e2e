// Second factors.
// SPDX-License-Identifier: Apache-2.0
#include "app/factors.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/history.hpp"
#include "base/encoding.hpp"
#include "crypto/totp.hpp"
#include "store/accounts.hpp"

namespace muster::app {

namespace {

namespace json = boost::json;
using core::Code;

constexpr std::string_view secret_purpose = "mfa_factors.secret";

std::string to_upper(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    }
    return text;
}

core::Result<store::Factor> get_own_factor(const SignedIn& signed_in,
                                           const std::string& factor_id) {
    const auto& factors = signed_in.user.factors;
    const auto found = std::ranges::find(factors, factor_id, &store::Factor::id);
    if (found == factors.end()) return core::fail(Code::mfa_factor_not_found);
    return *found;
}

bool is_totp(const json::value& entry) {
    const json::object* const object = entry.if_object();
    const json::value* const method = object ? object->if_contains("method") : nullptr;
    return method && method->is_string() && method->get_string() == "totp";
}

json::array without_totp(const std::string& amr) {
    boost::system::error_code broken;
    const json::value stored = json::parse(amr, broken);
    json::array kept;
    if (broken || !stored.is_array()) return kept;
    for (const json::value& entry : stored.get_array()) {
        if (!is_totp(entry)) kept.push_back(entry);
    }
    return kept;
}

void raise(store::Session& session, const Context& context, const std::string& factor_id) {
    json::array amr{
        json::object{{"method", "totp"}, {"timestamp", core::to_unix_seconds(context.now)}}};
    for (json::value& entry : without_totp(session.amr)) amr.push_back(std::move(entry));
    session.aal = "aal2";
    session.amr = json::serialize(amr);
    session.factor_id = factor_id;
}

void lower(store::Session& session) {
    session.aal = "aal1";
    session.amr = json::serialize(without_totp(session.amr));
    session.factor_id.reset();
}

core::Result<store::Challenge> get_open_challenge(store::Transaction& transaction,
                                                  const Context& context,
                                                  const std::string& factor_id,
                                                  const std::string& challenge_id) {
    auto challenge = store::find_challenge(transaction, challenge_id);
    if (!challenge || challenge->factor_id != factor_id) {
        return core::fail(Code::mfa_challenge_not_found);
    }
    if (context.now >= challenge->expires_at) {
        return core::fail(Code::mfa_challenge_expired, challenge->id);
    }
    return std::move(*challenge);
}

/// The period whose code it is. Fails: mfa_verification_failed.
core::Result<std::int64_t> check_code(const Context& context, const store::Factor& factor,
                                      std::string_view code) {
    const auto secret = context.sealer.open(factor.secret, secret_purpose);
    if (!secret) return core::fail_with_detail(Code::internal, "sealing key");
    const auto step = crypto::find_totp_step(base::bytes_of(secret->reveal()), code,
                                             crypto::totp_step(context.now), factor.last_used_step);
    if (!step) return core::fail(Code::mfa_verification_failed);
    return *step;
}

}  // namespace

core::Result<EnrolledFactor> enroll_factor(store::Transaction& transaction, const Context& context,
                                           const std::string& friendly_name) {
    auto signed_in = get_signed_in(transaction, context);
    if (!signed_in) return std::unexpected(signed_in.error());
    const std::string& user_id = signed_in->user.id;
    store::delete_unverified_factors(transaction, user_id, context.now - enrollment_patience);
    const auto factors = store::list_factors(transaction, user_id);
    if (std::ranges::find(factors, friendly_name, &store::Factor::friendly_name) != factors.end()) {
        return core::fail(Code::mfa_factor_name_conflict, friendly_name);
    }
    if (factors.size() >= factors_max) return core::fail(Code::too_many_mfa_factors);
    const bool has_verified = std::ranges::any_of(factors, &store::Factor::is_verified);
    if (has_verified && signed_in->session.aal != "aal2") {
        return core::fail(Code::aal2_needed_to_enroll);
    }
    std::array<std::byte, crypto::totp_key_bytes> key{};
    context.random.fill(key);
    const std::string raw(reinterpret_cast<const char*>(key.data()), key.size());
    store::Factor factor;
    factor.id = new_id(context);
    factor.user_id = user_id;
    factor.friendly_name = friendly_name;
    factor.secret = context.sealer.seal(base::Secret<std::string>(raw), secret_purpose);
    factor.created_at = context.now;
    factor.updated_at = context.now;
    store::insert_factor(transaction, factor);
    return EnrolledFactor{factor, base::Secret<std::string>(to_upper(base::to_base32(key))),
                          signed_in->user.email};
}

core::Result<store::Challenge> challenge_factor(store::Transaction& transaction,
                                                const Context& context,
                                                const std::string& factor_id) {
    const auto signed_in = get_signed_in(transaction, context);
    if (!signed_in) return std::unexpected(signed_in.error());
    const auto factor = get_own_factor(*signed_in, factor_id);
    if (!factor) return std::unexpected(factor.error());
    store::Challenge challenge{new_id(context), factor_id, context.now,
                               context.now + challenge_lifetime, context.caller.ip_address};
    store::insert_challenge(transaction, challenge, challenges_max);
    return challenge;
}

core::Result<OpenSession> verify_factor(store::Transaction& transaction, const Context& context,
                                        const std::string& factor_id,
                                        const std::string& challenge_id, std::string_view code) {
    auto signed_in = get_signed_in(transaction, context);
    if (!signed_in) return std::unexpected(signed_in.error());
    const auto factor = get_own_factor(*signed_in, factor_id);
    if (!factor) return std::unexpected(factor.error());
    const auto challenge = get_open_challenge(transaction, context, factor_id, challenge_id);
    if (!challenge) return std::unexpected(challenge.error());
    const auto step = check_code(context, *factor, code);
    if (!step) return std::unexpected(step.error());
    if (!store::save_verification(transaction, factor_id, *step, context.now)) {
        return core::fail(Code::mfa_verification_failed);
    }
    store::delete_challenge(transaction, challenge->id);
    store::Session& session = signed_in->session;
    raise(session, context, factor_id);
    store::save_assurance(transaction, session);
    store::delete_unproven_sessions(transaction, session.user_id);
    store::delete_unverified_factors(transaction, session.user_id, std::nullopt);
    if (!factor->is_verified) {
        record_audit(transaction, context, std::nullopt, "mfa_factor_verified",
                     {{"user_id", session.user_id}, {"factor_id", factor_id}});
    }
    signed_in->user.factors = store::list_factors(transaction, session.user_id);
    return renew_session(transaction, context, signed_in->user, session);
}

core::Result<void> remove_factor(store::Transaction& transaction, const Context& context,
                                 const std::string& factor_id) {
    const auto signed_in = get_signed_in(transaction, context);
    if (!signed_in) return std::unexpected(signed_in.error());
    const auto factor = get_own_factor(*signed_in, factor_id);
    if (!factor) return std::unexpected(factor.error());
    if (factor->is_verified && signed_in->session.aal != "aal2") {
        return core::fail(Code::aal2_needed_to_unenroll);
    }
    delete_factor(transaction, context, *factor);
    return {};
}

void delete_factor(store::Transaction& transaction, const Context& context,
                   const store::Factor& factor) {
    for (store::Session& session : store::list_sessions_of_factor(transaction, factor.id)) {
        lower(session);
        store::save_assurance(transaction, session);
    }
    store::delete_factor(transaction, factor.id);
    if (!factor.is_verified) return;
    record_audit(transaction, context, std::nullopt, "mfa_factor_removed",
                 {{"user_id", factor.user_id}, {"factor_id", factor.id}});
}

}  // namespace muster::app
