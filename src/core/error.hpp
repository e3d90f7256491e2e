// Why a request was refused: one closed list of codes with their texts, and the error that carries
// one. docs/reference/errors.md is printed from the same table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace muster::core {

/// The kind of refusal. Each has one HTTP status, in api/errors.cpp.
enum class Errc {
    invalid_argument,
    unauthenticated,
    permission_denied,
    not_found,
    method_not_allowed,
    conflict,
    too_large,
    unprocessable,  ///< well-formed, but not with this account or these settings
    rate_limited,
    unavailable,
    upstream_failed,
    upstream_timeout,
    internal,
};

enum class Language { english, spanish };

/// The stable word that clients branch on, as `code` in an answer. New ones go into error.cpp's
/// table too: a test fails otherwise.
enum class Code {
    // bad input
    invalid_json,
    invalid_utf8,
    invalid_action,
    missing_field,
    invalid_type,
    invalid_length,
    invalid_value,
    invalid_characters,
    body_too_large,
    invalid_token,
    token_expired,
    weak_password,
    invalid_credentials,
    refresh_token_not_found,
    refresh_token_already_used,
    session_expired,
    unsupported_grant_type,
    unsupported_logout_scope,
    validation_failed,    ///< `allowed` is the whole sentence
    unprocessable_input,  ///< as validation_failed
    email_not_confirmed,
    sign_in_banned,
    refresh_banned,
    email_signups_disabled,
    email_logins_disabled,
    email_logins_off,
    phone_provider_disabled,  ///< as validation_failed
    phone_logins_disabled,
    anonymous_provider_disabled,
    signup_disabled,
    otp_disabled,
    mail_off,
    user_already_exists,
    same_password,
    current_password_required,
    current_password_invalid,
    reauthentication_needed,
    reauthentication_not_valid,
    code_expired,
    link_expired,
    flow_state_not_found,
    flow_state_expired,
    bad_code_verifier,
    bad_oauth_callback,
    bad_oauth_state,
    // who is asking
    authorization_required,
    invalid_authentication,
    missing_subject,
    subject_not_uuid,
    api_key_missing,
    api_key_unknown,
    permission_denied,
    admin_required,
    session_not_found,
    session_user_not_found,
    user_not_found,
    user_email_not_found,
    user_banned,
    not_admin,
    // second factors
    aal2_needed_to_enroll,
    aal2_needed_to_unenroll,
    aal2_needed_to_update,
    mfa_verification_failed,
    mfa_challenge_expired,
    mfa_challenge_not_found,
    mfa_factor_not_found,
    mfa_factor_name_conflict,
    too_many_mfa_factors,
    mfa_phone_disabled,
    mfa_webauthn_disabled,
    // what is there
    path_id_invalid,
    device_not_found,
    organization_not_found,
    route_not_found,
    method_not_allowed,
    // state
    device_revoked,
    device_not_pending,
    device_not_revoked,
    fingerprint_in_use,
    token_bound,
    email_exists,
    conflict,
    // limits and outages
    rate_limited,
    mail_rate_limited,  ///< `allowed`: seconds to wait
    server_busy,
    database_unavailable,
    request_timeout,
    network_unreachable,
    network_timeout,
    network_refused,         ///< its API does not take our credentials, or what was asked
    network_rate_limited,    ///< by its API; `retry_after`
    network_answer_invalid,  ///< an answer that its documentation does not know
    network_not_configured,
    netbird_not_configured,
    network_connection_not_found,
    network_connection_exists,
    network_connection_in_use,  ///< `allowed`: by how many devices
    internal,
};

struct Error {
    Code code;
    std::string field = {};    ///< the input's name, where one is to blame
    std::string allowed = {};  ///< what would have been accepted: "1-100", "low, medium, high"
    std::string detail = {};   ///< for the log only: never shown to a caller, never a secret
    std::chrono::seconds retry_after{
        0};  ///< rate_limited and what is unavailable: when to try again
};

Errc kind_of(Code code);
std::string_view word_of(Code code);  ///< "fingerprint_in_use"
/// One sentence for people; names the field and what is accepted. Never holds `detail`.
std::string message_of(const Error& error, Language language);

struct CodeRow {
    Code code;
    Errc kind;
    std::string_view word;
    std::string_view english;  ///< {field} and {allowed} stand for the error's members
    std::string_view spanish;
};
std::span<const CodeRow> code_table();

}  // namespace muster::core
