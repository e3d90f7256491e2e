// Requests to /roster/v1, and the few routes of the system that look at the database.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"
#include "twins/script.hpp"

namespace muster::twins {

void Script::make_roster_request(Step& step) {
    static constexpr Choice choices[] = {
        {24, &Script::list_devices},     {14, &Script::one_device}, {24, &Script::list_history},
        {8, &Script::list_people},       {8, &Script::add_person},  {8, &Script::change_person},
        {8, &Script::use_organizations},
    };
    make_one(choices, step);
}

void Script::list_devices(Step& step) {
    std::string query = "?limit=" + word({"1", "2", "5", "50", "200", "0", "201", "x"});
    const auto maybe = [&](const char* name, unsigned percent, const std::string& value) {
        if (m_dice.chance(percent))
            query += std::string("&") + name + "=" + base::encode_form(value);
    };
    maybe("cursor", 40, any("next_cursor"));
    maybe("status", 25, word({"pending", "active", "inactive", "revoked", "gone"}));
    maybe("trust_level", 20, word({"low", "medium", "high", "none"}));
    maybe("user", 15, word({"ana", "A.TEST", "boss@", "%", "_"}));
    maybe("name", 20, word({"zqd1", "Lap", "%", "MAC", "ñ", "\\", "Ñ"}));
    get(step, "/roster/v1/devices" + query);
    add_credentials(step, someone());
}

void Script::one_device(Step& step) {
    get(step, "/roster/v1/devices/" + some_id("device_id"));
    if (m_dice.chance(12)) step.method = "DELETE";
    add_credentials(step, m_dice.chance(50) ? admin() : someone());
}

void Script::list_history(Step& step) {
    std::string query = "?limit=" + word({"1", "3", "10", "50", "200"});
    if (m_dice.chance(40)) query += "&cursor=" + any("next_cursor");
    if (m_dice.chance(40)) query += "&device_id=" + some_id("device_id");
    get(step, (m_dice.chance(60) ? "/roster/v1/events" : "/roster/v1/audit") + query);
    add_credentials(step, m_dice.chance(60) ? admin() : someone());
}

void Script::list_people(Step& step) {
    get(step, "/roster/v1/users" + word({"", "?limit=2", "?limit=200", "?limit=0"}));
    add_credentials(step, admin());
}

void Script::add_person(Step& step) {
    const std::string email = m_dice.chance(80) ? new_address() : address();
    json::object body{
        {"email", email},
        {"full_name", name()},
        {"role", word({"user", "user", "support", "org_admin", "global_admin", "x"})}};
    if (m_dice.chance(70)) body["password"] = password_for(email);
    if (m_dice.chance(60)) body["organization_id"] = some_id("organization");
    post(step, "/roster/v1/users", std::move(body));
    add_credentials(step, admin());
}

void Script::change_person(Step& step) {
    post(step, "/roster/v1/users/" + some_id("user"),
         {{"role", word({"user", "support", "org_admin", "global_admin", "king"})}});
    step.method = m_dice.chance(70) ? "PATCH" : "DELETE";
    if (step.method == "DELETE") step.body.clear();
    add_credentials(step, admin());
}

void Script::use_organizations(Step& step) {
    const auto kind = m_dice.below(10);
    if (kind < 4) {
        get(step, "/roster/v1/organizations");
    } else if (kind < 7) {
        post(step, "/roster/v1/organizations", {{"name", name()}});
    } else {
        const std::string days =
            word({"3600", "86400", "604800", "0", "-1", "null", "\"x\"", "1e3"});
        step.method = "PATCH";
        step.target = "/roster/v1/organizations/" + some_id("organization");
        step.body = R"({"inactive_after_seconds":)" + days + "}";
    }
    add_credentials(step, admin());
}

}  // namespace muster::twins
