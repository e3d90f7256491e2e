// Who may do what: one line for each request of the isolation test, one letter for each asker.
// Only isolation_test.cpp includes it; a table or route without a line here makes it fail.
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace muster::api {

// A line's letters, in the order of isolation_test.hpp's `askers`:
//
//   nobody, the anon key, the owner (a user of A), another user of A, support of A, org_admin of A,
//   global_admin, org_admin of B, the service key
//
//   +  granted: the row was seen, or something was written
//   .  answered as if there were no such row: nothing seen, nothing written
//   0 1 2 3 4 5 9  refused: the last digit of 400, 401, 422, 403, 404, 405, 409

/// What is asked of a table's row. PUT and upsert meet the row that is there; POST brings a new
/// one to the same organisation.
struct TableLine {
    const char* relation;
    const char* row;     ///< its id, in the world's names; one of A, or one of B
    const char* insert;  ///< a new row
    const char* change;  ///< for PATCH
    const char* whole;   ///< the row once more, changed, for PUT and upsert
    // One string for each verb.
    const char* GET;
    const char* POST;
    const char* PATCH;
    const char* PUT;
    const char* upsert;
    const char* DELETE;
};

inline constexpr TableLine table_lines[] = {
    // clang-format off
    {"devices", "$device_a",
     R"({"user_id":"$ana","organization_id":"$a","name":"new"})",
     R"({"name":"changed"})",
     R"({"id":"$device_a","user_id":"$ana","organization_id":"$a","name":"changed"})",
     /* GET    */ "1.+..++.+",
     /* POST   */ "11+33++3+",
     /* PATCH  */ "1.+..++.+",
     /* PUT    */ "11+33++3+",
     /* upsert */ "11+33++3+",
     /* DELETE */ "1.+..++.+"},
    {"devices", "$device_b",
     R"({"user_id":"$bea","organization_id":"$b","name":"new"})",
     R"({"name":"changed"})",
     R"({"id":"$device_b","user_id":"$bea","organization_id":"$b","name":"changed"})",
     /* GET    */ "1.....+++",
     /* POST   */ "113333+++",
     /* PATCH  */ "1.....+++",
     /* PUT    */ "113333+++",
     /* upsert */ "113333+++",
     /* DELETE */ "1.....+++"},

    // History: support and admins read their organisation's, users their own devices'.
    {"device_events", "$event_a",
     R"({"device_id":"$device_a","event_type":"enrolled"})",
     R"({"event_type":"changed"})",
     R"({"id":"$event_a","device_id":"$device_a","event_type":"changed"})",
     /* GET    */ "1.+.+++.+",
     /* POST   */ "11333333+",
     /* PATCH  */ "113333333",
     /* PUT    */ "113333333",
     /* upsert */ "113333333",
     /* DELETE */ "113333333"},
    {"device_events", "$event_b",
     R"({"device_id":"$device_b","event_type":"enrolled"})",
     R"({"event_type":"changed"})",
     R"({"id":"$event_b","device_id":"$device_b","event_type":"changed"})",
     /* GET    */ "1.....+++",
     /* POST   */ "11333333+",
     /* PATCH  */ "113333333",
     /* PUT    */ "113333333",
     /* upsert */ "113333333",
     /* DELETE */ "113333333"},

    {"organizations", "$a",
     R"({"name":"new"})",
     R"({"name":"changed"})",
     R"({"id":"$a","name":"changed"})",
     /* GET    */ "1.+++++.+",
     /* POST   */ "113333+3+",
     /* PATCH  */ "1.....+.+",
     /* PUT    */ "113333+3+",
     /* upsert */ "113333+3+",
     /* DELETE */ "1.....+.+"},
    {"organizations", "$b",
     R"({"name":"new"})",
     R"({"name":"changed"})",
     R"({"id":"$b","name":"changed"})",
     /* GET    */ "1.....+++",
     /* POST   */ "113333+3+",
     /* PATCH  */ "1.....+.+",
     /* PUT    */ "113333+3+",
     /* upsert */ "113333+3+",
     /* DELETE */ "1.....+.+"},

    // A profile comes and goes with its account: nobody inserts or deletes one here.
    {"profiles", "$ana",
     R"({"id":"$guest_a","organization_id":"$a","full_name":"new"})",
     R"({"full_name":"changed"})",
     R"({"id":"$ana","organization_id":"$a","full_name":"changed"})",
     /* GET    */ "1.+++++.+",
     /* POST   */ "11333333+",
     /* PATCH  */ "1.+..++.+",
     /* PUT    */ "11333333+",
     /* upsert */ "11333333+",
     /* DELETE */ "1.......+"},
    {"profiles", "$bea",
     R"({"id":"$guest_b","organization_id":"$b","full_name":"new"})",
     R"({"full_name":"changed"})",
     R"({"id":"$bea","organization_id":"$b","full_name":"changed"})",
     /* GET    */ "1.....+++",
     /* POST   */ "11333333+",
     /* PATCH  */ "1.....+++",
     /* PUT    */ "11333333+",
     /* upsert */ "11333333+",
     /* DELETE */ "1.......+"},

    {"organization_tailscale_config", "$config_a",
     R"({"organization_id":"$a","tailscale_auth_key":"tskey-new"})",
     R"({"description":"changed"})",
     R"({"id":"$config_a","organization_id":"$a","tailscale_auth_key":"tskey-changed"})",
     /* GET    */ "1....++.+",
     /* POST   */ "11333++3+",
     /* PATCH  */ "1....++.+",
     /* PUT    */ "11333++3+",
     /* upsert */ "11333++3+",
     /* DELETE */ "1....++.+"},
    {"organization_tailscale_config", "$config_b",
     R"({"organization_id":"$b","tailscale_auth_key":"tskey-new"})",
     R"({"description":"changed"})",
     R"({"id":"$config_b","organization_id":"$b","tailscale_auth_key":"tskey-changed"})",
     /* GET    */ "1.....+++",
     /* POST   */ "113333+++",
     /* PATCH  */ "1.....+++",
     /* PUT    */ "113333+++",
     /* upsert */ "113333+++",
     /* DELETE */ "1.....+++"},

    {"audit_logs", "$audit_a",
     R"({"organization_id":"$a","event":"new"})",
     R"({"event":"changed"})",
     R"({"id":"$audit_a","organization_id":"$a","event":"changed"})",
     /* GET    */ "1...+++.+",
     /* POST   */ "11333333+",
     /* PATCH  */ "113333333",
     /* PUT    */ "113333333",
     /* upsert */ "113333333",
     /* DELETE */ "113333333"},
    {"audit_logs", "$audit_b",
     R"({"organization_id":"$b","event":"new"})",
     R"({"event":"changed"})",
     R"({"id":"$audit_b","organization_id":"$b","event":"changed"})",
     /* GET    */ "1.....+++",
     /* POST   */ "11333333+",
     /* PATCH  */ "113333333",
     /* PUT    */ "113333333",
     /* upsert */ "113333333",
     /* DELETE */ "113333333"},

    // A view: one row a profile, without a primary key that PUT could name.
    {"user_roles", "$ana",
     R"({"id":"$guest_a","user_id":"$guest_a","role":"global_admin"})",
     R"({"role":"global_admin"})",
     R"({"id":"$ana","user_id":"$ana","role":"global_admin"})",
     /* GET    */ "1.+++++.+",
     /* POST   */ "113333333",
     /* PATCH  */ "113333333",
     /* PUT    */ "155555555",
     /* upsert */ "113333333",
     /* DELETE */ "113333333"},
    {"user_roles", "$bea",
     R"({"id":"$guest_b","user_id":"$guest_b","role":"global_admin"})",
     R"({"role":"global_admin"})",
     R"({"id":"$bea","user_id":"$bea","role":"global_admin"})",
     /* GET    */ "1.....+++",
     /* POST   */ "113333333",
     /* PATCH  */ "113333333",
     /* PUT    */ "155555555",
     /* upsert */ "113333333",
     /* DELETE */ "113333333"},
    // clang-format on
};

/// Tables of the database that the table API does not show to anybody, the service key included:
/// whatever is asked of them is answered 404, as for a name that does not exist.
inline constexpr const char* hidden_tables[] = {
    "api_keys",
    "column_types",
    "device_events_archive",
    "flow_states",
    "mfa_challenges",
    "mfa_factors",
    "network_connections",
    "network_jobs",
    "network_memberships",
    "one_time_tokens",
    "schema_migrations",
    "sessions",
    "signing_keys",
    "spent_tokens",
    "trust_evidence",
    "trust_pins",
    "trust_policies",
    "users",
};
inline constexpr const char* hidden_letters = "144444444";

/// One request to a route that is not a table's. `seen`: a text that a granted answer contains and
/// no other; "": the request writes; "*": every success is a grant.
struct RouteLine {
    const char* request;  ///< "GET /path?query", in the world's names
    const char* body;
    const char* seen;
    const char* letters;
};

inline constexpr RouteLine route_lines[] = {
    // clang-format off
    // Open to everybody: they show nothing of any organisation.
    {"GET /healthz", "", "*", "+++++++++"},
    {"GET /readyz", "", "*", "+++++++++"},
    {"GET /metrics", "", "*", "+++++++++"},
    {"GET /enroll?token=$token_of_device_a", "", "*", "+++++++++"},
    {"GET /", "", "*", "+++++++++"},
    {"GET /auth/v1/.well-known/jwks.json", "", "*", "+++++++++"},
    {"GET /auth/v1/health", "", "*", "+++++++++"},

    // Accounts. Whoever knows the password signs in; a session ends and shows only its own person.
    {"POST /auth/v1/token?grant_type=password",
     R"({"email":"ana@a.test","password":"password of ana@a.test"})", "", "1++++++++"},
    {"POST /auth/v1/token?grant_type=password",
     R"({"email":"ana@a.test","password":"password of ben@a.test"})", "", "100000000"},
    {"GET /auth/v1/user", "", R"("email":"ana@a.test")", "13+.....3"},
    {"GET /auth/v1/user", "", R"("email":"boss@b.test")", "13.....+3"},
    {"PUT /auth/v1/user", R"({"data":{"color":"blue"}})", "", "13++++++3"},
    {"GET /auth/v1/reauthenticate", "", "", "13++++++3"},
    {"POST /auth/v1/logout?scope=global", "", "", "13++++++3"},
    {"GET /auth/v1/settings", "", "*", "1++++++++"},
    {"POST /auth/v1/signup", R"({"email":"new@a.test","password":"a new password"})", "",
     "1++++++++"},
    {"POST /auth/v1/otp", R"({"email":"ana@a.test"})", "", "1++++++++"},
    {"POST /auth/v1/magiclink", R"({"email":"ana@a.test"})", "", "1++++++++"},
    {"POST /auth/v1/recover", R"({"email":"ana@a.test"})", "", "1++++++++"},
    {"POST /auth/v1/resend", R"({"type":"signup","email":"guest@a.test"})", "", "1++++++++"},
    // The token of a mail is the right to it, whoever brings it.
    {"GET /auth/v1/verify?type=recovery&token=$link_of_a", "", "", "+++++++++"},
    {"POST /auth/v1/verify", R"({"type":"recovery","token_hash":"$link_of_a"})", "", "1++++++++"},
    {"POST /auth/v1/verify", R"({"type":"recovery","token_hash":"link"})", "", "133333333"},
    {"GET /auth/v1/authorize?provider=github", "", "", "000000000"},
    {"GET /auth/v1/callback?code=x&state=y", "", "", "000000000"},
    {"POST /auth/v1/callback", "", "", "000000000"},
    // Second factors are each person's own.
    {"POST /auth/v1/factors", R"({"factor_type":"totp","friendly_name":"new"})", "", "13++++++3"},
    {"POST /auth/v1/factors/$factor_a/challenge", "{}", "", "13+444443"},
    {"POST /auth/v1/factors/$factor_b/challenge", "{}", "", "134444443"},
    {"POST /auth/v1/factors/$factor_b/verify", R"({"challenge_id":"$nothing","code":"123456"})", "",
     "134444443"},
    {"DELETE /auth/v1/factors/$factor_a", "", "", "13+444443"},
    {"DELETE /auth/v1/factors/$factor_b", "", "", "134444443"},
    // Admins invite people to their organisation; the rest is the service key's alone.
    {"POST /auth/v1/invite",
     R"({"email":"new@a.test","organization_id":"$a"})", "", "13333++3+"},
    {"POST /auth/v1/invite",
     R"({"email":"new@b.test","organization_id":"$b"})", "", "133333+++"},
    {"POST /auth/v1/admin/generate_link", R"({"type":"magiclink","email":"ana@a.test"})", "",
     "13333333+"},
    {"GET /auth/v1/admin/users", "", "$ana", "13333333+"},
    {"POST /auth/v1/admin/users", R"({"email":"new@a.test"})", "", "13333333+"},
    {"GET /auth/v1/admin/users/$ana", "", "$ana", "13333333+"},
    {"PUT /auth/v1/admin/users/$ana", R"({"user_metadata":{"color":"blue"}})", "", "13333333+"},
    {"DELETE /auth/v1/admin/users/$ana", "", "", "13333333+"},
    {"GET /auth/v1/admin/users/$ana/factors", "", "$factor_a", "13333333+"},
    {"DELETE /auth/v1/admin/users/$ana/factors/$factor_a", "", "", "13333333+"},

    // The table API beside its tables: isolation of those is table_lines'.
    {"GET /rest/v1/", "", "*", "1++++++++"},
    {"OPTIONS /rest/v1/devices", "", "*", "1++++++++"},
    {"OPTIONS /rest/v1/users", "", "*", "144444444"},
    {"GET /rest/v1/rpc/get_user_role?user_id=$ana", "", "*", "144444444"},
    {"POST /rest/v1/rpc/get_user_org_id", R"({"user_id":"$ana"})", "*", "144444444"},

    // Enrolment. A device of A, then one of B.
    {"POST /functions/v1/device-enrollment",
     R"({"action":"create_pending_device","user_id":"$ana"})", "", "11+33++3+"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"create_pending_device","user_id":"$bea"})", "", "113333+++"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"create_pending_device","organization_id":"$b"})", "", "113333++0"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"generate_token"})", "", "11++++++3"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"enroll","fingerprint":"fp-new"})", "", "11++++++3"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"verify","enrollment_token":"$token_of_device_a","fingerprint":"fp-device-a"})",
     "", "+++33++3+"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"verify","enrollment_token":"$token_of_device_b","fingerprint":"fp-device-b"})",
     "", "++3333+++"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"check_tailscale_status","device_id":"$device_a"})", "pending", "11+44++4+"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"check_tailscale_status","device_id":"$device_b"})", "pending", "114444+++"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"revoke","device_id":"$device_a"})", "", "11+44++4+"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"revoke","device_id":"$device_b"})", "", "114444+++"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"reactivate","device_id":"$revoked_a"})", "", "11344++4+"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"reactivate","device_id":"$revoked_b"})", "", "114444+++"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"set_trust_level","device_id":"$device_a","trust_level":"high","reason":"x"})",
     "", "11344++4+"},
    {"POST /functions/v1/device-enrollment",
     R"({"action":"set_trust_level","device_id":"$device_b","trust_level":"high","reason":"x"})",
     "", "114444+++"},

    // The roster.
    {"GET /roster/v1/devices?limit=200", "", "$device_a", "11+..++.+"},
    {"GET /roster/v1/devices?limit=200", "", "$device_b", "11....+++"},
    {"GET /roster/v1/devices/$device_a", "", "$device_a", "11+44++4+"},
    {"GET /roster/v1/devices/$device_b", "", "$device_b", "114444+++"},
    {"DELETE /roster/v1/devices/$device_a", "", "", "11+44++4+"},
    {"DELETE /roster/v1/devices/$device_b", "", "", "114444+++"},
    {"GET /roster/v1/events?limit=200", "", "$event_a", "11+.+++.+"},
    {"GET /roster/v1/events?limit=200", "", "$event_b", "11....+++"},
    {"GET /roster/v1/audit?limit=200", "", "$audit_a", "1133+++.+"},
    {"GET /roster/v1/audit?limit=200", "", "$audit_b", "1133..+++"},
    {"GET /roster/v1/users", "", "$ana", "11333++.+"},
    {"GET /roster/v1/users", "", "$bea", "11333.+++"},
    {"POST /roster/v1/users",
     R"({"email":"new@a.test","full_name":"New","organization_id":"$a"})", "", "11333++3+"},
    {"POST /roster/v1/users",
     R"({"email":"new@b.test","full_name":"New","organization_id":"$b"})", "", "113333+++"},
    {"POST /roster/v1/users",
     R"({"email":"n@a.test","full_name":"N","organization_id":"$a","role":"global_admin"})", "",
     "113333+3+"},
    {"PATCH /roster/v1/users/$ana", R"({"role":"support"})", "", "11333++4+"},
    {"PATCH /roster/v1/users/$bea", R"({"role":"support"})", "", "113334+++"},
    {"PATCH /roster/v1/users/$ana", R"({"role":"global_admin"})", "", "113333+4+"},
    {"DELETE /roster/v1/users/$ana", "", "", "11333++4+"},
    {"DELETE /roster/v1/users/$bea", "", "", "113334+++"},
    {"GET /roster/v1/organizations", "", "$a", "11+++++.+"},
    {"GET /roster/v1/organizations", "", "$b", "11....+++"},
    {"POST /roster/v1/organizations", R"({"name":"New"})", "", "113333+3+"},
    {"PATCH /roster/v1/organizations/$a", R"({"inactive_after_seconds":86400})", "", "11333++4+"},
    {"PATCH /roster/v1/organizations/$b", R"({"inactive_after_seconds":86400})", "", "113334+++"},
    // clang-format on
};

}  // namespace muster::api
