// Every route of the server: method, path, who, limits, handler. docs/reference/routes.md is
// printed from this table.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/action_links.hpp"
#include "api/auth/admin_users.hpp"
#include "api/auth/factors.hpp"
#include "api/auth/invitations.hpp"
#include "api/auth/otp.hpp"
#include "api/auth/providers.hpp"
#include "api/auth/sessions.hpp"
#include "api/auth/settings.hpp"
#include "api/auth/sign_up.hpp"
#include "api/auth/user.hpp"
#include "api/auth/verify.hpp"
#include "api/functions/device_enrollment.hpp"
#include "api/functions/netbird_proxy.hpp"
#include "api/functions/tailscale_api.hpp"
#include "api/rest/rpc.hpp"
#include "api/rest/tables.hpp"
#include "api/roster/accounts.hpp"
#include "api/roster/devices.hpp"
#include "api/roster/history.hpp"
#include "api/roster/network.hpp"
#include "api/roster/network_connections.hpp"
#include "api/router.hpp"
#include "api/system/health.hpp"
#include "api/system/pages.hpp"
#include "api/webhooks/tailscale.hpp"

namespace muster::api {

namespace {

constexpr std::size_t no_body = 0;
constexpr std::size_t small_body = std::size_t{16} * 1024;
/// Two kinds of metadata at their largest; a connection with fifty tags.
constexpr std::size_t medium_body = std::size_t{64} * 1024;
constexpr auto anyone = Access::anyone;
constexpr auto optional = Access::optional;
constexpr auto required = Access::required;
constexpr auto admin = Access::admin;
constexpr auto function = ErrorShape::function;
constexpr auto auth = ErrorShape::auth;
constexpr auto table = ErrorShape::table;

constexpr Route routes[] = {
    {"POST", "/functions/v1/device-enrollment", optional, function, enrollment_body_bytes_max,
     handle_device_enrollment, "enrolment and lifecycle: eight actions"},
    {"GET", "/functions/v1/tailscale-api", required, function, no_body, handle_tailscale_api,
     "the actions that only look: list-devices, check-device"},
    {"POST", "/functions/v1/tailscale-api", required, function, tailscale_body_bytes_max,
     handle_tailscale_api, "devices and keys of the organization's network: five actions"},
    {"GET", "/functions/v1/netbird-proxy", required, function, no_body, handle_netbird_proxy,
     "NetBird's API, for admins: path=/api/..."},
    {"POST", "/functions/v1/netbird-proxy", required, function, netbird_body_bytes_max,
     handle_netbird_proxy, "the same"},
    {"PUT", "/functions/v1/netbird-proxy", required, function, netbird_body_bytes_max,
     handle_netbird_proxy, "the same"},
    {"PATCH", "/functions/v1/netbird-proxy", required, function, netbird_body_bytes_max,
     handle_netbird_proxy, "the same"},
    {"DELETE", "/functions/v1/netbird-proxy", required, function, netbird_body_bytes_max,
     handle_netbird_proxy, "the same"},

    {"POST", "/auth/v1/token", optional, auth, small_body, handle_token,
     "sign in: grant_type=password, refresh_token or pkce"},
    {"POST", "/auth/v1/signup", optional, auth, small_body, handle_sign_up, "make an account"},
    {"POST", "/auth/v1/otp", optional, auth, small_body, handle_otp,
     "mail a link and a code to sign in with"},
    {"POST", "/auth/v1/magiclink", optional, auth, small_body, handle_magic_link,
     "the same, in older words"},
    {"POST", "/auth/v1/recover", optional, auth, small_body, handle_recover,
     "mail a link to set a new password"},
    {"POST", "/auth/v1/resend", optional, auth, small_body, handle_resend,
     "mail once more: type=signup or email_change"},
    {"GET", "/auth/v1/verify", anyone, auth, no_body, handle_verify_link,
     "where the links of mails lead"},
    {"POST", "/auth/v1/verify", optional, auth, small_body, handle_verify,
     "sign in with the code or the token of a mail"},
    {"GET", "/auth/v1/reauthenticate", required, auth, no_body, handle_reauthenticate,
     "mail a code that allows to set a password"},
    {"GET", "/auth/v1/authorize", anyone, auth, no_body, handle_authorize,
     "sign in with another provider: none is configured"},
    {"GET", "/auth/v1/callback", anyone, auth, no_body, handle_callback,
     "where such a provider leads back to"},
    {"POST", "/auth/v1/callback", anyone, auth, small_body, handle_callback,
     "the same, for providers that post"},
    {"GET", "/auth/v1/user", required, auth, no_body, handle_user, "the signed-in user"},
    {"PUT", "/auth/v1/user", required, auth, small_body, handle_update_user,
     "change address, password or metadata"},
    {"POST", "/auth/v1/logout", required, auth, small_body, handle_logout,
     "end sessions: scope=global, local or others"},
    {"POST", "/auth/v1/factors", required, auth, small_body, handle_enroll_factor,
     "enroll a second factor"},
    {"POST", "/auth/v1/factors/{id}/challenge", required, auth, small_body, handle_challenge_factor,
     "ask for a code of a second factor"},
    {"POST", "/auth/v1/factors/{id}/verify", required, auth, small_body, handle_verify_factor,
     "show a code: the session rises to aal2"},
    {"DELETE", "/auth/v1/factors/{id}", required, auth, small_body, handle_remove_factor,
     "remove a second factor"},
    {"POST", "/auth/v1/invite", admin, auth, medium_body, handle_invite,
     "mail an invitation: the service key, and admins for their organization"},
    {"POST", "/auth/v1/admin/generate_link", admin, auth, medium_body, handle_generate_link,
     "the link and code of a letter, without the letter"},
    {"GET", "/auth/v1/admin/users", admin, auth, no_body, handle_admin_list_users,
     "users, newest first"},
    {"POST", "/auth/v1/admin/users", admin, auth, medium_body, handle_admin_create_user,
     "add a user"},
    {"GET", "/auth/v1/admin/users/{id}", admin, auth, no_body, handle_admin_get_user, "one user"},
    {"PUT", "/auth/v1/admin/users/{id}", admin, auth, medium_body, handle_admin_change_user,
     "change a user"},
    {"DELETE", "/auth/v1/admin/users/{id}", admin, auth, small_body, handle_admin_delete_user,
     "delete a user and its devices"},
    {"GET", "/auth/v1/admin/users/{id}/factors", admin, auth, no_body, handle_admin_list_factors,
     "a user's second factors"},
    {"DELETE", "/auth/v1/admin/users/{id}/factors/{factor}", admin, auth, small_body,
     handle_admin_delete_factor, "remove a user's second factor"},
    {"GET", "/auth/v1/settings", optional, auth, no_body, handle_auth_settings,
     "which ways to sign in there are"},
    {"GET", "/auth/v1/.well-known/jwks.json", anyone, auth, no_body, handle_jwks,
     "public keys of session tokens"},
    {"GET", "/auth/v1/health", anyone, auth, no_body, handle_auth_health, "name and version"},

    {"GET", "/rest/v1/", optional, table, no_body, handle_table_root,
     "the tables as an OpenAPI document"},
    {"GET", "/rest/v1/{relation}", optional, table, no_body, handle_table,
     "rows of a table: PostgREST's query grammar"},
    {"POST", "/rest/v1/{relation}", optional, table, table_body_bytes_max, handle_table,
     "insert or upsert rows"},
    {"PATCH", "/rest/v1/{relation}", optional, table, table_body_bytes_max, handle_table,
     "update the rows that the filters name"},
    {"PUT", "/rest/v1/{relation}", optional, table, table_body_bytes_max, handle_table,
     "insert or replace one row by its primary key"},
    {"DELETE", "/rest/v1/{relation}", optional, table, table_body_bytes_max, handle_table,
     "delete the rows that the filters name"},
    {"OPTIONS", "/rest/v1/{relation}", optional, table, no_body, handle_table_options,
     "which verbs a table has"},
    {"GET", "/rest/v1/rpc/{function}", optional, table, no_body, handle_rpc,
     "no functions are served"},
    {"POST", "/rest/v1/rpc/{function}", optional, table, table_body_bytes_max, handle_rpc,
     "no functions are served"},

    {"GET", "/roster/v1/devices", required, function, no_body, handle_list_devices,
     "devices that the caller may see"},
    {"GET", "/roster/v1/devices/{id}", required, function, no_body, handle_show_device,
     "one device, with the reasons for its trust and its network jobs"},
    {"DELETE", "/roster/v1/devices/{id}", required, function, small_body, handle_delete_device,
     "delete a device; its history is archived"},
    {"GET", "/roster/v1/events", required, function, no_body, handle_list_events,
     "device events, newest first, deleted devices' included"},
    {"GET", "/roster/v1/audit", required, function, no_body, handle_list_audit,
     "the audit log, newest first"},
    {"GET", "/roster/v1/users", required, function, no_body, handle_list_users,
     "accounts, for admins"},
    {"POST", "/roster/v1/users", required, function, small_body, handle_create_user,
     "create an account"},
    {"PATCH", "/roster/v1/users/{id}", required, function, small_body, handle_set_role,
     "change a role"},
    {"DELETE", "/roster/v1/users/{id}", required, function, small_body, handle_delete_user,
     "delete an account and its devices"},
    {"GET", "/roster/v1/organizations", required, function, no_body, handle_list_organizations,
     "organizations that the caller may see"},
    {"POST", "/roster/v1/organizations", required, function, small_body, handle_create_organization,
     "create an organization"},
    {"PATCH", "/roster/v1/organizations/{id}", required, function, small_body, handle_set_policy,
     "how long the organization's devices may be silent"},
    {"GET", "/roster/v1/network/nodes", required, function, no_body, handle_list_nodes,
     "what the network itself lists"},
    {"GET", "/roster/v1/network/shadows", required, function, no_body, handle_list_shadows,
     "of these, the ones that are no device's"},
    {"GET", "/roster/v1/network/connections", required, function, no_body, handle_list_connections,
     "the organization's networks, for its admins"},
    {"POST", "/roster/v1/network/connections", required, function, medium_body,
     handle_add_connection, "connect a network; its credentials are tried first"},
    {"PATCH", "/roster/v1/network/connections/{id}", required, function, medium_body,
     handle_change_connection, "change a connection, or make it the default"},
    {"DELETE", "/roster/v1/network/connections/{id}", required, function, small_body,
     handle_remove_connection, "remove a connection; with force=true also one with devices"},
    {"POST", "/roster/v1/network/connections/{id}/test", required, function, small_body,
     handle_test_connection, "try a connection's credentials; {id} may be server"},

    {"POST", "/webhooks/v1/tailscale/{id}", anyone, function, webhook_body_bytes_max,
     handle_tailscale_webhook, "what Tailscale sends by itself, signed"},

    {"GET", "/healthz", anyone, function, no_body, handle_healthz, "the process answers"},
    {"GET", "/readyz", anyone, function, no_body, handle_readyz, "the database answers"},
    {"GET", "/metrics", anyone, function, no_body, handle_metrics, "Prometheus text format"},
    {"GET", "/enroll", anyone, function, no_body, handle_enroll_page,
     "the page that a link or QR code opens"},
    {"GET", "/", anyone, function, no_body, handle_front_page, "the front page"},
};

}  // namespace

std::span<const Route> route_table() {
    return routes;
}

}  // namespace muster::api
