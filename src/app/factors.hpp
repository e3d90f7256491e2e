// Use cases of second factors: an authenticator app's secret is enrolled, challenged, verified and
// removed. A verified code raises the session to aal2.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "app/context.hpp"
#include "app/sign_in.hpp"
#include "base/secret.hpp"
#include "core/result.hpp"
#include "store/factors.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// Factors of one user, verified or not.
inline constexpr std::size_t factors_max = 10;
/// An enrolment that was not finished by then is forgotten at the next.
inline constexpr std::chrono::minutes enrollment_patience{5};
inline constexpr std::chrono::minutes challenge_lifetime{5};
/// Open challenges of one factor; older ones are forgotten.
inline constexpr std::int64_t challenges_max = 10;

struct EnrolledFactor {
    store::Factor factor;
    base::Secret<std::string> key;  ///< base32, upper case: shown once
    std::string account;            ///< the user's address
};
/// Fails: as get_signed_in; mfa_factor_name_conflict, too_many_mfa_factors, aal2_needed_to_enroll.
core::Result<EnrolledFactor> enroll_factor(store::Transaction& transaction, const Context& context,
                                           const std::string& friendly_name);

/// Fails: as get_signed_in; mfa_factor_not_found.
core::Result<store::Challenge> challenge_factor(store::Transaction& transaction,
                                                const Context& context,
                                                const std::string& factor_id);

/// The session goes on at aal2; the user's sessions below it end, and so do their unfinished
/// enrolments. Fails: as challenge_factor; mfa_challenge_not_found, mfa_challenge_expired,
/// mfa_verification_failed (a wrong code, or one that was used).
core::Result<OpenSession> verify_factor(store::Transaction& transaction, const Context& context,
                                        const std::string& factor_id,
                                        const std::string& challenge_id, std::string_view code);

/// Sessions that it raised fall back. Fails: as challenge_factor; aal2_needed_to_unenroll.
core::Result<void> remove_factor(store::Transaction& transaction, const Context& context,
                                 const std::string& factor_id);

/// The factor goes, whoever asks for it.
void delete_factor(store::Transaction& transaction, const Context& context,
                   const store::Factor& factor);

}  // namespace muster::app
