// muster event list and muster audit list.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "cli/age.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct HistoryOptions {
    std::string device;
    std::size_t limit = 50;
};

/// {"a":"x","b":1} as "a=x b=1": for reading, not for parsing.
std::string in_words(const json::object& details) {
    std::string words;
    for (const auto& [name, value] : details) {
        if (value.is_null()) continue;
        if (!words.empty()) words += ' ';
        words += std::string_view(name);
        words += '=';
        words += value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    }
    return words;
}

Outcome<void> list_events(const Context& context, const ApiClient& api,
                          const HistoryOptions& options) {
    std::string device;
    if (!options.device.empty()) {
        const auto id = find_device_id(api, options.device);
        if (!id) return std::unexpected(id.error());
        device = *id;
    }
    const auto list =
        api.list({"/roster/v1/events", "events", {{"device_id", device}}, options.limit});
    if (!list) return std::unexpected(list.error());
    if (context.common.is_json) {
        print_json(context, *list);
        return {};
    }
    if (array_of(*list, "events").empty()) {
        context.terminal.out << "No events that you may see. Devices: muster device list\n";
        return {};
    }
    Table table({"WHEN", "DEVICE", "EVENT", "DETAILS"});
    for (const json::value& row : array_of(*list, "events")) {
        const json::object& event = as_object(row);
        table.add(
            {{age_of(text_of(event, "created_at"), context.terminal.clock.now())},
             {text_of(event, "device_id"), is_true(event, "archived") ? Color::faint : Color::none},
             {text_of(event, "event_type")},
             {in_words(object_of(event, "details"))}});
    }
    table.print(context.terminal.out, is_colored(context));
    return {};
}

Outcome<void> list_audit(const Context& context, const ApiClient& api,
                         const HistoryOptions& options) {
    const auto list = api.list({"/roster/v1/audit", "entries", {}, options.limit});
    if (!list) return std::unexpected(list.error());
    if (context.common.is_json) {
        print_json(context, *list);
        return {};
    }
    if (array_of(*list, "entries").empty()) {
        context.terminal.out << "No entries that you may see: admins and support see them.\n";
        return {};
    }
    Table table({"WHEN", "WHO", "EVENT", "DETAILS"});
    for (const json::value& row : array_of(*list, "entries")) {
        const json::object& entry = as_object(row);
        table.add({{age_of(text_of(entry, "created_at"), context.terminal.clock.now())},
                   {or_dash(text_of(entry, "user_id"))},
                   {text_of(entry, "event")},
                   {in_words(object_of(entry, "details"))}});
    }
    table.print(context.terminal.out, is_colored(context));
    return {};
}

}  // namespace

void add_history_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& event = add_group(app, "event", "What happened to devices");
    CLI::App& events =
        add_command(event, context,
                    {"list", "Lists events, newest first; also of devices that are deleted",
                     "muster event list --device ada-laptop --limit 20"});
    const auto event_options = std::make_shared<HistoryOptions>();
    events.add_option("--device", event_options->device,
                      "Only this device's: id, start of its id, or exact name");
    add_limit_option(events, event_options->limit);
    on_server(events, context, [event_options](const Context& running, const ApiClient& api) {
        return list_events(running, api, *event_options);
    });

    CLI::App& audit = add_group(app, "audit", "Who did what");
    CLI::App& entries = add_command(
        audit, context,
        {"list", "Lists the organisation's audit log, newest first", "muster audit list --json"});
    const auto audit_options = std::make_shared<HistoryOptions>();
    add_limit_option(entries, audit_options->limit);
    on_server(entries, context, [audit_options](const Context& running, const ApiClient& api) {
        return list_audit(running, api, *audit_options);
    });
}

}  // namespace muster::cli
