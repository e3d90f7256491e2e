// Requests to /functions/v1/device-enrollment: every action, by the right people and others.
// SPDX-License-Identifier: Apache-2.0
#include "twins/script.hpp"

namespace muster::twins {

namespace {

constexpr const char* device_types[] = {"laptop", "desktop", "mobile",  "tablet", "windows",
                                        "macos",  "linux",   "android", "toaster"};

}  // namespace

json::object Script::enrollment_body(const std::string& action) {
    json::object body{{"action", action}};
    const auto maybe = [&](const char* member, unsigned percent, std::string value) {
        if (m_dice.chance(percent)) body[member] = json::string(value);
    };
    const bool names_device = action != "create_pending_device" && action != "generate_token" &&
                              action != "enroll" && action != "verify";
    if (names_device) body["device_id"] = some_id("device_id");
    if (action == "create_pending_device") {
        maybe("user_id", 70, some_id("user"));
        maybe("organization_id", 25, some_id("organization"));
        maybe("tailscale_auth_key", 20, "tskey-auth-" + std::to_string(m_dice.below(50)));
    }
    if (action == "verify") body["enrollment_token"] = any("enrollment_token", 93);
    if (action == "verify" || action == "enroll") maybe("fingerprint", 92, fingerprint());
    if (action == "check_tailscale_status") {
        maybe("hostname", 20, word({"laptop", "ana-s-mac", "", "-bad-"}));
        maybe("enrollment_token", 15, any("enrollment_token"));
        if (m_dice.chance(10)) body.erase("device_id");
    }
    if (action == "revoke" || action == "set_trust_level") maybe("reason", 80, name());
    if (action == "set_trust_level") {
        maybe("trust_level", 95, word({"low", "medium", "high", "derived", "highest"}));
    }
    maybe("device_name", 30, name());
    maybe("device_type", 30, m_dice.pick(device_types));
    maybe("os", 30, word({"macOS 14", "Linux", "Windows 11", "ünïx"}));
    return body;
}

void Script::make_enrollment(Step& step) {
    struct Action {
        unsigned weight;
        const char* name;
    };
    static constexpr Action actions[] = {
        {14, "create_pending_device"},
        {14, "generate_token"},
        {10, "enroll"},
        {24, "verify"},
        {22, "check_tailscale_status"},
        {7, "revoke"},
        {6, "reactivate"},
        {6, "set_trust_level"},
        {1, "dance"},
    };
    unsigned sum = 0;
    for (const Action& action : actions) sum += action.weight;
    auto drawn = m_dice.below(sum);
    const Action* chosen = actions;
    while (drawn >= chosen->weight) drawn -= (chosen++)->weight;
    const std::string action = chosen->name;
    post(step, "/functions/v1/device-enrollment", enrollment_body(action));
    if (m_dice.chance(2)) step.method = word({"GET", "PUT", "OPTIONS", "DELETE", "HEAD"});
    std::string bearer = someone();
    if (action == "verify" && m_dice.chance(75)) bearer.clear();
    const bool needs_admin = action == "reactivate" || action == "set_trust_level";
    if (needs_admin || m_dice.chance(30)) bearer = admin();
    if (action == "verify" && m_dice.chance(60)) bearer.clear();
    add_credentials(step, bearer);
}

}  // namespace muster::twins
