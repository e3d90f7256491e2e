// The device's own fields, then why it is trusted, then its network and what is still to be done.
// SPDX-License-Identifier: Apache-2.0
#include "cli/device_show.hpp"

#include <ostream>

#include <boost/json.hpp>

#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/page.hpp"
#include "cli/table.hpp"
#include "cli/word_color.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

void show_fields(Page& page, const json::object& device) {
    page.field("id", text_of(device, "id"));
    page.field("status", text_of(device, "status"));
    page.field("type", text_of(device, "device_type"));
    page.field("os", text_of(device, "os"));
    page.field("user", text_of(device, "user_email"));
    page.field("organization", text_of(device, "organization_id"));
    page.field("fingerprint", text_of(device, "fingerprint"));
    page.field("created", page.age(device, "created_at"));
    page.field("enrolled", page.age(device, "enrolled_at"));
    page.field("last seen", page.age(device, "last_seen"));
    // The column keeps the time of a token that is gone.
    if (text_of(device, "status") == "pending")
        page.field("token until", page.age(device, "enrollment_expires_at"));
}

void show_trust(Page& page, const json::object& trust) {
    page.heading("Trust");
    page.field("level", text_of(trust, "level"));
    page.field("score", std::to_string(integer_of(trust, "score")) + " of 100");
    if (is_true(trust, "pinned")) page.field("pinned", "by an admin, until it is re-evaluated");
    for (const json::value& row : array_of(trust, "reasons")) {
        const json::object& reason = as_object(row);
        const std::int64_t points = integer_of(reason, "points");
        std::string line = (points < 0 ? "" : "+") + std::to_string(points) + "  " +
                           printable(text_of(reason, "text")) + " [" +
                           printable(or_dash(text_of(reason, "provenance")));
        const std::string age = page.age(reason, "observed_at");
        if (!age.empty()) line += ", " + age;
        page.line(line + "]");
    }
}

/// Its name, where the caller may list connections; else its id.
std::string connection_of(const ApiClient& api, const json::object& membership) {
    std::string id = text_of(membership, "connection_id");
    if (id.empty()) return id;
    const auto connection = find_connection(api, id);
    return connection ? connection->name : id;
}

/// How calls of the network's API fared on this server lately; empty: there were none.
std::string calls_of(const json::object& membership) {
    const std::string state = text_of(membership, "connection_state");
    const std::string error = text_of(membership, "connection_error");
    if (state.empty() || state == "unknown") return {};
    return error.empty() ? state : state + ", " + error;
}

/// What the network was told of the device's trust, and when it will be told next. Empty: it was
/// never told, since it may be one that does not act on it.
std::string told_trust(const Page& page, const json::object& membership, const std::string& level) {
    std::string told = text_of(membership, "trust_pushed");
    const std::string due = page.age(membership, "trust_push_at");
    if (told.empty()) return {};
    if (told != level) return told + ", " + level + " is due" + (due.empty() ? "" : " " + due);
    return told;
}

void show_network(Page& page, const ApiClient& api, const json::object& answer) {
    page.heading("Network");
    const json::object& membership = object_of(answer, "membership");
    if (membership.empty()) {
        page.line("on none");
        return;
    }
    page.field("network", text_of(membership, "network"));
    page.field("connection", connection_of(api, membership));
    page.field("announced", text_of(membership, "announced_hostname"));
    page.field("node", text_of(membership, "node_id"));
    page.field("host name", text_of(membership, "hostname"));
    page.field("address", text_of(object_of(answer, "device"), "tailscale_ip"));
    page.field("confirmed", page.age(membership, "confirmed_at"));
    page.field("its API", calls_of(membership));
    page.field("trust told",
               told_trust(page, membership, text_of(object_of(answer, "trust"), "level")));
}

void show_jobs(Page& page, const json::array& jobs) {
    if (jobs.empty()) return;
    page.heading("Network jobs");
    Table table({"  JOB", "NETWORK", "STATE", "ATTEMPTS", "NEXT", "FINISHED", "LAST ERROR"});
    for (const json::value& row : jobs) {
        const json::object& job = as_object(row);
        const std::string state = text_of(job, "state");
        const bool is_finished = !text_of(job, "finished_at").empty();
        table.add({{"  " + text_of(job, "kind")},
                   {text_of(job, "network")},
                   {state, color_of(state)},
                   {std::to_string(integer_of(job, "attempts"))},
                   {is_finished ? "-" : or_dash(page.age(job, "next_attempt_at"))},
                   {or_dash(page.age(job, "finished_at"))},
                   {or_dash(text_of(job, "last_error"))}});
    }
    page.table(table);
}

}  // namespace

Outcome<void> show_device(const Context& context, const ApiClient& api, const std::string& typed) {
    const auto id = find_device_id(api, typed);
    if (!id) return std::unexpected(id.error());
    const auto answer = api.get("/roster/v1/devices/" + *id);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) {
        print_json(context, *answer);
        return {};
    }
    const json::object& device = object_of(*answer, "device");
    context.terminal.out << paint(printable(text_of(device, "name")), Color::strong,
                                  is_colored(context))
                         << '\n';
    Page page(context);
    show_fields(page, device);
    show_trust(page, object_of(*answer, "trust"));
    show_network(page, api, *answer);
    show_jobs(page, array_of(*answer, "jobs"));
    context.terminal.out << "\nIts history: muster event list --device " << *id << '\n';
    return {};
}

}  // namespace muster::cli
