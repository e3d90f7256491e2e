// The table of refusals and what is made from it.
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"

#include <algorithm>
#include <cstdlib>

namespace muster::core {

namespace {

constexpr CodeRow rows[] = {
    {Code::invalid_json, Errc::invalid_argument, "invalid_json",
     "The body is not a JSON object: {allowed}.", "El cuerpo no es un objeto JSON: {allowed}."},
    {Code::invalid_utf8, Errc::invalid_argument, "invalid_utf8", "{field} is not valid UTF-8 text.",
     "{field} no es texto UTF-8 válido."},
    {Code::invalid_action, Errc::invalid_argument, "invalid_action",
     "Unknown action. Known ones: {allowed}.", "Acción desconocida. Las conocidas: {allowed}."},
    {Code::missing_field, Errc::invalid_argument, "missing_field", "{field} is required.",
     "Falta {field}."},
    {Code::invalid_type, Errc::invalid_argument, "invalid_type", "{field} must be {allowed}.",
     "{field} debe ser {allowed}."},
    {Code::invalid_length, Errc::invalid_argument, "invalid_length",
     "{field} must have {allowed} characters.", "{field} debe tener {allowed} caracteres."},
    {Code::invalid_value, Errc::invalid_argument, "invalid_value",
     "{field} must be one of: {allowed}.", "{field} debe ser uno de: {allowed}."},
    {Code::invalid_characters, Errc::invalid_argument, "invalid_characters",
     "{field} may hold only {allowed}.", "{field} solo puede contener {allowed}."},
    {Code::body_too_large, Errc::too_large, "body_too_large",
     "The body is larger than {allowed} bytes.", "El cuerpo supera los {allowed} bytes."},
    {Code::invalid_token, Errc::invalid_argument, "invalid_token",
     "This enrollment token is not valid. Ask for a new one.",
     "Este código de registro no es válido. Pida uno nuevo."},
    {Code::token_expired, Errc::invalid_argument, "token_expired",
     "This enrollment token has expired. Ask for a new one.",
     "Este código de registro ha caducado. Pida uno nuevo."},
    {Code::weak_password, Errc::invalid_argument, "weak_password",
     "Password should be at least {allowed} characters.",
     "La contraseña debe tener al menos {allowed} caracteres."},
    {Code::invalid_credentials, Errc::invalid_argument, "invalid_credentials",
     "Invalid login credentials", "Correo o contraseña incorrectos"},
    {Code::refresh_token_not_found, Errc::invalid_argument, "refresh_token_not_found",
     "Invalid Refresh Token: Refresh Token Not Found", "Token de renovación no válido: no existe"},
    {Code::refresh_token_already_used, Errc::invalid_argument, "refresh_token_already_used",
     "Invalid Refresh Token: Already Used", "Token de renovación no válido: ya usado"},
    {Code::session_expired, Errc::invalid_argument, "session_expired",
     "Invalid Refresh Token: Session Expired", "Token de renovación no válido: sesión caducada"},
    {Code::unsupported_grant_type, Errc::invalid_argument, "invalid_credentials",
     "unsupported_grant_type", "unsupported_grant_type"},
    {Code::unsupported_logout_scope, Errc::invalid_argument, "validation_failed",
     "Unsupported logout scope \"{allowed}\"",
     "Alcance de cierre de sesión desconocido: {allowed}"},
    {Code::validation_failed, Errc::invalid_argument, "validation_failed", "{allowed}",
     "{allowed}"},
    {Code::unprocessable_input, Errc::unprocessable, "validation_failed", "{allowed}", "{allowed}"},
    {Code::email_not_confirmed, Errc::invalid_argument, "email_not_confirmed",
     "Email not confirmed", "Correo sin confirmar"},
    {Code::sign_in_banned, Errc::invalid_argument, "user_banned", "User is banned",
     "El usuario está bloqueado"},
    {Code::refresh_banned, Errc::invalid_argument, "user_banned",
     "Invalid Refresh Token: User Banned", "Token de renovación no válido: usuario bloqueado"},
    {Code::email_signups_disabled, Errc::invalid_argument, "email_provider_disabled",
     "Email signups are disabled", "El registro por correo está desactivado"},
    {Code::email_logins_disabled, Errc::unprocessable, "email_provider_disabled",
     "Email logins are disabled", "El inicio de sesión por correo está desactivado"},
    {Code::email_logins_off, Errc::invalid_argument, "email_provider_disabled",
     "Email logins are disabled", "El inicio de sesión por correo está desactivado"},
    {Code::phone_provider_disabled, Errc::invalid_argument, "phone_provider_disabled", "{allowed}",
     "{allowed}"},
    {Code::phone_logins_disabled, Errc::unprocessable, "phone_provider_disabled",
     "Phone logins are disabled", "El inicio de sesión por teléfono está desactivado"},
    {Code::anonymous_provider_disabled, Errc::unprocessable, "anonymous_provider_disabled",
     "Anonymous sign-ins are disabled", "El acceso anónimo está desactivado"},
    {Code::signup_disabled, Errc::unprocessable, "signup_disabled",
     "Signups not allowed for this instance", "Este servidor no admite registros"},
    {Code::otp_disabled, Errc::unprocessable, "otp_disabled", "Signups not allowed for otp",
     "No se admiten registros por código"},
    {Code::mail_off, Errc::unprocessable, "email_provider_disabled",
     "This server sends no mail: its operator has to set mail.sender",
     "Este servidor no envía correo: su operador debe configurar mail.sender"},
    {Code::user_already_exists, Errc::unprocessable, "user_already_exists",
     "User already registered", "El usuario ya está registrado"},
    {Code::same_password, Errc::unprocessable, "same_password",
     "New password should be different from the old password.",
     "La contraseña nueva debe ser distinta de la anterior."},
    {Code::current_password_required, Errc::invalid_argument, "current_password_required",
     "Current password required when setting new password.",
     "Para cambiar la contraseña hace falta la actual."},
    {Code::current_password_invalid, Errc::invalid_argument, "current_password_invalid",
     "Current password required when setting new password.",
     "Para cambiar la contraseña hace falta la actual."},
    {Code::reauthentication_needed, Errc::invalid_argument, "reauthentication_needed",
     "Password update requires reauthentication",
     "Para cambiar la contraseña hay que identificarse de nuevo"},
    {Code::reauthentication_not_valid, Errc::unprocessable, "reauthentication_not_valid",
     "Nonce has expired or is invalid", "El código ha caducado o no es válido"},
    {Code::code_expired, Errc::permission_denied, "otp_expired", "Token has expired or is invalid",
     "El código ha caducado o no es válido"},
    {Code::link_expired, Errc::permission_denied, "otp_expired",
     "Email link is invalid or has expired", "El enlace no es válido o ha caducado"},
    {Code::flow_state_not_found, Errc::not_found, "flow_state_not_found",
     "invalid flow state, no valid flow state found",
     "No hay ningún inicio de sesión en curso con ese código"},
    {Code::flow_state_expired, Errc::unprocessable, "flow_state_expired",
     "invalid flow state, flow state has expired", "El inicio de sesión en curso ha caducado"},
    {Code::bad_code_verifier, Errc::invalid_argument, "bad_code_verifier",
     "code challenge does not match previously saved code verifier",
     "El verificador no corresponde al inicio de sesión en curso"},
    {Code::bad_oauth_callback, Errc::invalid_argument, "bad_oauth_callback",
     "OAuth state parameter missing", "Falta el parámetro state de OAuth"},
    {Code::bad_oauth_state, Errc::invalid_argument, "bad_oauth_state",
     "OAuth callback with invalid state", "El parámetro state de OAuth no es válido"},
    {Code::authorization_required, Errc::unauthenticated, "authorization_required",
     "Sign in first: this needs an Authorization header.",
     "Inicie sesión primero: falta la cabecera Authorization."},
    {Code::invalid_authentication, Errc::unauthenticated, "invalid_authentication",
     "The session is not valid or has expired. Sign in again.",
     "La sesión no es válida o ha caducado. Inicie sesión de nuevo."},
    {Code::missing_subject, Errc::unauthenticated, "invalid_authentication",
     "This needs a session, not a key. Sign in.",
     "Esto requiere una sesión, no una clave. Inicie sesión."},
    {Code::subject_not_uuid, Errc::unauthenticated, "invalid_authentication",
     "The session names no user. Sign in again.",
     "La sesión no nombra a ningún usuario. Inicie sesión de nuevo."},
    {Code::api_key_missing, Errc::unauthenticated, "api_key_missing", "No API key found in request",
     "La petición no lleva clave de API"},
    {Code::api_key_unknown, Errc::unauthenticated, "api_key_unknown", "Invalid API key",
     "Clave de API no válida"},
    {Code::permission_denied, Errc::permission_denied, "permission_denied",
     "You are not allowed to do this.", "No tiene permiso para hacer esto."},
    {Code::admin_required, Errc::permission_denied, "not_admin", "User not allowed",
     "Usuario no autorizado"},
    {Code::session_not_found, Errc::permission_denied, "session_not_found",
     "Session from session_id claim in JWT does not exist", "La sesión ya no existe"},
    {Code::session_user_not_found, Errc::permission_denied, "user_not_found",
     "User from sub claim in JWT does not exist", "El usuario de la sesión ya no existe"},
    {Code::user_not_found, Errc::not_found, "user_not_found", "There is no such user.",
     "No existe ese usuario."},
    {Code::user_email_not_found, Errc::not_found, "user_not_found",
     "User with this email not found", "No existe ningún usuario con ese correo"},
    {Code::user_banned, Errc::permission_denied, "user_banned", "User is banned",
     "El usuario está bloqueado"},
    {Code::not_admin, Errc::permission_denied, "not_admin",
     "Updating app_metadata requires admin privileges",
     "Para cambiar app_metadata hace falta ser administrador"},
    {Code::aal2_needed_to_enroll, Errc::permission_denied, "insufficient_aal",
     "AAL2 required to enroll a new factor", "Confirme antes su segundo factor para añadir otro"},
    {Code::aal2_needed_to_unenroll, Errc::unprocessable, "insufficient_aal",
     "AAL2 required to unenroll verified factor", "Confirme antes su segundo factor para quitarlo"},
    {Code::aal2_needed_to_update, Errc::unauthenticated, "insufficient_aal",
     "AAL2 session is required to update email or password when MFA is enabled.",
     "Confirme antes su segundo factor para cambiar el correo o la contraseña."},
    {Code::mfa_verification_failed, Errc::unprocessable, "mfa_verification_failed",
     "Invalid TOTP code entered", "El código no es correcto"},
    {Code::mfa_challenge_expired, Errc::unprocessable, "mfa_challenge_expired",
     "MFA challenge {field} has expired, verify against another challenge or create a new "
     "challenge.",
     "La verificación {field} ha caducado; empiece otra."},
    {Code::mfa_challenge_not_found, Errc::unprocessable, "mfa_factor_not_found",
     "MFA factor with the provided challenge ID not found",
     "No existe el factor de esa verificación"},
    {Code::mfa_factor_not_found, Errc::not_found, "mfa_factor_not_found", "Factor not found",
     "No existe ese factor"},
    {Code::mfa_factor_name_conflict, Errc::unprocessable, "mfa_factor_name_conflict",
     "A factor with the friendly name \"{field}\" for this user already exists",
     "Ya hay un factor con el nombre \"{field}\""},
    {Code::too_many_mfa_factors, Errc::unprocessable, "too_many_enrolled_mfa_factors",
     "Maximum number of verified factors reached, unenroll to continue",
     "Ha alcanzado el máximo de factores; quite uno para continuar"},
    {Code::mfa_phone_disabled, Errc::unprocessable, "mfa_phone_enroll_not_enabled",
     "MFA enroll is disabled for Phone", "Este servidor no admite el teléfono como factor"},
    {Code::mfa_webauthn_disabled, Errc::unprocessable, "mfa_webauthn_enroll_not_enabled",
     "MFA enroll is disabled for WebAuthn", "Este servidor no admite WebAuthn como factor"},
    {Code::path_id_invalid, Errc::not_found, "validation_failed", "{field} must be an UUID",
     "{field} debe ser un UUID"},
    {Code::device_not_found, Errc::not_found, "device_not_found", "There is no such device.",
     "No existe ese dispositivo."},
    {Code::organization_not_found, Errc::not_found, "organization_not_found",
     "There is no such organization.", "No existe esa organización."},
    {Code::route_not_found, Errc::not_found, "route_not_found", "There is nothing at this address.",
     "No hay nada en esta dirección."},
    {Code::method_not_allowed, Errc::method_not_allowed, "method_not_allowed",
     "This address takes {allowed} only.", "Esta dirección solo acepta {allowed}."},
    {Code::device_revoked, Errc::permission_denied, "device_revoked",
     "This device's access was revoked. Ask an administrator to reactivate it.",
     "El acceso de este dispositivo fue revocado. Pida a un administrador que lo reactive."},
    {Code::device_not_pending, Errc::conflict, "device_not_pending",
     "This device is not waiting for enrollment.",
     "Este dispositivo no está pendiente de registro."},
    {Code::device_not_revoked, Errc::conflict, "device_not_revoked", "This device is not revoked.",
     "Este dispositivo no está revocado."},
    {Code::fingerprint_in_use, Errc::conflict, "fingerprint_in_use",
     "Another device has this fingerprint.", "Otro dispositivo tiene esta huella."},
    {Code::token_bound, Errc::conflict, "token_bound",
     "Another device has already used this enrollment token. Ask for a new one.",
     "Otro dispositivo ya usó este código de registro. Pida uno nuevo."},
    {Code::email_exists, Errc::conflict, "email_exists",
     "A user with this email address has already been registered",
     "Ya hay un usuario con este correo"},
    {Code::conflict, Errc::conflict, "conflict",
     "Something changed meanwhile, or exists already. Look again and retry.",
     "Algo cambió entretanto o ya existe. Compruebe y reintente."},
    {Code::rate_limited, Errc::rate_limited, "rate_limited",
     "Too many attempts. Wait a moment and try again.",
     "Demasiados intentos. Espere un momento y reintente."},
    {Code::mail_rate_limited, Errc::rate_limited, "over_email_send_rate_limit",
     "For security purposes, you can only request this after {allowed} seconds.",
     "Por seguridad, espere {allowed} segundos antes de pedirlo otra vez."},
    {Code::server_busy, Errc::unavailable, "server_busy",
     "The server is busy. Try again in a moment.",
     "El servidor está ocupado. Reintente en un momento."},
    {Code::database_unavailable, Errc::unavailable, "database_unavailable",
     "The database cannot be reached, and it is not known whether this was done. Look, or try "
     "again in a moment.",
     "No se puede acceder a la base de datos y no se sabe si esto se hizo. Compruébelo o reintente "
     "en un momento."},
    {Code::request_timeout, Errc::unavailable, "request_timeout",
     "The server could not answer in time. Try again.",
     "El servidor no pudo responder a tiempo. Reintente."},
    {Code::network_unreachable, Errc::upstream_failed, "network_unreachable",
     "The private network's control server could not be reached. Try again later.",
     "No se pudo contactar con el servidor de la red privada. Reintente más tarde."},
    {Code::network_timeout, Errc::upstream_timeout, "network_timeout",
     "The private network's control server did not answer in time. It is not known whether this "
     "was "
     "done. Try again later.",
     "El servidor de control de la red privada no respondió a tiempo. No se sabe si esto se hizo. "
     "Inténtelo más tarde."},
    {Code::network_refused, Errc::upstream_failed, "network_refused",
     "The private network's control server refused this. Check the connection's credentials and "
     "rights with: muster network test",
     "El servidor de control de la red privada lo rechazó. Compruebe las credenciales y los "
     "permisos "
     "de la conexión con: muster network test"},
    {Code::network_rate_limited, Errc::upstream_failed, "network_rate_limited",
     "The private network's control server asks to be called less often. Try again later.",
     "El servidor de control de la red privada pide menos llamadas. Inténtelo más tarde."},
    {Code::network_answer_invalid, Errc::upstream_failed, "network_answer_invalid",
     "The private network's control server gave an answer that cannot be understood. Check the "
     "connection's address and version.",
     "El servidor de control de la red privada dio una respuesta que no se entiende. Compruebe la "
     "dirección y la versión de la conexión."},
    {Code::network_not_configured, Errc::conflict, "network_not_configured",
     "No private network is configured on this server.",
     "Este servidor no tiene configurada ninguna red privada."},
    {Code::netbird_not_configured, Errc::internal, "netbird_not_configured",
     "No NetBird connection is configured. An admin adds one with: muster network add",
     "No hay ninguna conexión con NetBird configurada. Un administrador la añade con: muster "
     "network "
     "add"},
    {Code::network_connection_not_found, Errc::not_found, "network_connection_not_found",
     "There is no such network connection.", "No existe esa conexión de red."},
    {Code::network_connection_exists, Errc::conflict, "network_connection_exists",
     "The organization has a network connection of this name already.",
     "La organización ya tiene una conexión de red con este nombre."},
    {Code::network_connection_in_use, Errc::conflict, "network_connection_in_use",
     "This network connection still has devices: {allowed}. Revoke them first, or remove it with "
     "force: they keep their place on the network, and lose the trust that it gave.",
     "Esta conexión de red aún tiene dispositivos: {allowed}. Revóquelos antes, o quítela con "
     "force: conservan su lugar en la red y pierden la confianza que les daba."},
    {Code::internal, Errc::internal, "internal",
     "Something went wrong here. Report the request id to the operator.",
     "Algo falló aquí. Comunique el identificador de la petición al operador."},
};

const CodeRow& row_of(Code code) {
    const auto* const found = std::ranges::find(rows, code, &CodeRow::code);
    if (found == std::end(rows))
        std::abort();  // a code without its row: error_test.cpp fails first
    return *found;
}

void replace(std::string& text, std::string_view mark, std::string_view with) {
    if (const auto at = text.find(mark); at != std::string::npos) {
        text.replace(at, mark.size(), with);
    }
}

}  // namespace

Errc kind_of(Code code) {
    return row_of(code).kind;
}

std::string_view word_of(Code code) {
    return row_of(code).word;
}

std::string message_of(const Error& error, Language language) {
    const CodeRow& row = row_of(error.code);
    std::string text(language == Language::spanish ? row.spanish : row.english);
    replace(text, "{field}", error.field);
    replace(text, "{allowed}", error.allowed);
    return text;
}

std::span<const CodeRow> code_table() {
    return rows;
}

}  // namespace muster::core
