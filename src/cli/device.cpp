// muster device list, revoke, reactivate, trust, delete; show is in device_show.cpp, key and check
// in device_network.cpp.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>

#include "cli/age.hpp"
#include "cli/command.hpp"
#include "cli/device_show.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/table.hpp"
#include "cli/token_output.hpp"
#include "cli/word_color.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct ListOptions {
    std::string status;
    std::string trust;
    std::string user;
    std::size_t limit = 50;
};

/// One device, and what is done to it.
struct ChangeOptions {
    std::string device;
    std::string reason;
    std::string level;
    bool is_reevaluated = false;
    bool is_confirmed = false;
};

Outcome<void> list_devices(const Context& context, const ApiClient& api,
                           const ListOptions& options) {
    const auto list = api.list(
        {"/roster/v1/devices",
         "devices",
         {{"status", options.status}, {"trust_level", options.trust}, {"user", options.user}},
         options.limit});
    if (!list) return std::unexpected(list.error());
    if (context.common.is_json) {
        print_json(context, *list);
        return {};
    }
    const json::array& devices = array_of(*list, "devices");
    if (devices.empty()) {
        context.terminal.out << "No devices match. Add one: muster token create\n";
        return {};
    }
    Table table({"ID", "NAME", "STATUS", "TRUST", "TYPE", "USER", "NETWORK", "LAST SEEN"});
    for (const json::value& row : devices) {
        const json::object& device = as_object(row);
        const std::string status = text_of(device, "status");
        const std::string level = text_of(device, "trust_level");
        table.add({{text_of(device, "id")},
                   {text_of(device, "name")},
                   {status, color_of(status)},
                   {level, color_of(level)},
                   {text_of(device, "device_type")},
                   {or_dash(text_of(device, "user_email"))},
                   {or_dash(text_of(device, "network"))},
                   {or_dash(age_of(text_of(device, "last_seen"), context.terminal.clock.now()))}});
    }
    table.print(context.terminal.out, is_colored(context));
    if (!text_of(*list, "next_cursor").empty())
        context.terminal.out << "There are more: use --limit.\n";
    return {};
}

/// An action on one device that answers with a sentence.
Outcome<void> change(const Context& context, const ApiClient& api, const ChangeOptions& options,
                     json::object fields, const std::string& done) {
    const auto id = find_device_id(api, options.device);
    if (!id) return std::unexpected(id.error());
    fields["device_id"] = *id;
    if (!options.reason.empty()) fields["reason"] = options.reason;
    const auto answer = api.enrollment(std::move(fields));
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        context.terminal.out << "Device " << *id << ' ' << done << ".\n";
    return {};
}

Outcome<void> reactivate(const Context& context, const ApiClient& api,
                         const ChangeOptions& options) {
    const auto id = find_device_id(api, options.device);
    if (!id) return std::unexpected(id.error());
    auto answer = api.enrollment({{"action", "reactivate"}, {"device_id", *id}});
    if (!answer) return std::unexpected(answer.error());
    if (!text_of(*answer, "enrollment_token").empty()) {
        (*answer)["device_id"] = *id;
        return show_token(context, api.url(), std::move(*answer), {});
    }
    if (context.common.is_json)
        print_json(context, *answer);
    else
        context.terminal.out << "Device " << *id
                             << " is active again: it never left its network.\n";
    return {};
}

Outcome<void> set_trust(const Context& context, const ApiClient& api,
                        const ChangeOptions& options) {
    ChangeOptions complete = options;
    if (options.is_reevaluated) {
        if (complete.reason.empty()) complete.reason = "re-evaluated on request";
        return change(context, api, complete,
                      {{"action", "set_trust_level"}, {"trust_level", "derived"}},
                      "has the trust level again that follows from its evidence");
    }
    return change(context, api, complete,
                  {{"action", "set_trust_level"}, {"trust_level", options.level}},
                  "has trust level " + options.level + " now, until it is re-evaluated");
}

Outcome<void> delete_device(const Context& context, const ApiClient& api,
                            const ChangeOptions& options) {
    if (!options.is_confirmed)
        return refuse_usage(
            "this removes the device and its access for good (its history stays): add --yes");
    const auto id = find_device_id(api, options.device);
    if (!id) return std::unexpected(id.error());
    const auto answer = api.send("DELETE", "/roster/v1/devices/" + *id);
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        context.terminal.out << "Device " << *id
                             << " is deleted; its history: muster event list --device " << *id
                             << '\n';
    return {};
}

void add_list(CLI::App& group, const ContextPtr& context) {
    CLI::App& list = add_command(group, context,
                                 {"list", "Lists devices that you may see, newest first",
                                  "muster device list --status active --trust low"});
    const auto options = std::make_shared<ListOptions>();
    list.add_option("--status", options->status, "Only devices with this status")
        ->check(CLI::IsMember({"pending", "active", "inactive", "revoked"}));
    list.add_option("--trust", options->trust, "Only devices with this trust level")
        ->check(CLI::IsMember({"low", "medium", "high"}));
    list.add_option("--user", options->user, "Only this user's devices: e-mail address or id");
    add_limit_option(list, options->limit);
    on_server(list, context, [options](const Context& running, const ApiClient& api) {
        return list_devices(running, api, *options);
    });
}

/// A command on one device; `options` is filled by the parser.
CLI::App& add_change(CLI::App& group, const ContextPtr& context, const CommandText& text,
                     const std::shared_ptr<ChangeOptions>& options) {
    CLI::App& command = add_command(group, context, text);
    command
        .add_option("device", options->device,
                    "Its id, the start of its id (4 characters or more), or its exact name")
        ->required();
    return command;
}

void add_show(CLI::App& group, const ContextPtr& context) {
    const auto options = std::make_shared<ChangeOptions>();
    CLI::App& show = add_change(
        group, context,
        {"show", "Shows one device: why it is trusted, its network, what is still to be done",
         "muster device show ada-laptop"},
        options);
    on_server(show, context, [options](const Context& running, const ApiClient& api) {
        return show_device(running, api, options->device);
    });
}

void add_revoke(CLI::App& group, const ContextPtr& context) {
    const auto options = std::make_shared<ChangeOptions>();
    CLI::App& command =
        add_change(group, context,
                   {"revoke", "Takes a device's access away and removes it from its network",
                    "muster device revoke ada-laptop --reason \"lost on a train\""},
                   options);
    command.add_option("--reason", options->reason, "Goes into the device's history");
    on_server(command, context, [options](const Context& running, const ApiClient& api) {
        return change(running, api, *options, {{"action", "revoke"}}, "is revoked");
    });
}

void add_reactivate(CLI::App& group, const ContextPtr& context) {
    const auto options = std::make_shared<ChangeOptions>();
    CLI::App& command = add_change(group, context,
                                   {"reactivate", "Gives a revoked device a new enrolment token",
                                    "muster device reactivate ada-laptop"},
                                   options);
    on_server(command, context, [options](const Context& running, const ApiClient& api) {
        return reactivate(running, api, *options);
    });
}

void add_trust(CLI::App& group, const ContextPtr& context) {
    const auto options = std::make_shared<ChangeOptions>();
    CLI::App& command =
        add_change(group, context,
                   {"trust", "Pins a device's trust level, or lets it follow the evidence again",
                    "muster device trust ada-laptop --level low --reason \"under investigation\""},
                   options);
    CLI::Option* level = command.add_option("--level", options->level, "The level to pin")
                             ->check(CLI::IsMember({"low", "medium", "high"}));
    CLI::Option* reason =
        command.add_option("--reason", options->reason, "Goes into the device's history");
    CLI::Option* again = command.add_flag("--reevaluate", options->is_reevaluated,
                                          "Drop the pin and derive the level from the evidence");
    level->needs(reason);
    again->excludes(level);
    command.parse_complete_callback([options] {
        if (options->level.empty() && !options->is_reevaluated)
            throw CLI::ValidationError("--level with --reason, or --reevaluate, is required");
    });
    on_server(command, context, [options](const Context& running, const ApiClient& api) {
        return set_trust(running, api, *options);
    });
}

void add_delete(CLI::App& group, const ContextPtr& context) {
    const auto options = std::make_shared<ChangeOptions>();
    CLI::App& command = add_change(
        group, context,
        {"delete", "Removes a device; its history stays", "muster device delete ada-laptop --yes"},
        options);
    command.add_flag("--yes", options->is_confirmed, "Yes, for good");
    on_server(command, context, [options](const Context& running, const ApiClient& api) {
        return delete_device(running, api, *options);
    });
}

}  // namespace

void add_device_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& group = add_group(app, "device", "Devices on the roster");
    add_list(group, context);
    add_show(group, context);
    add_revoke(group, context);
    add_reactivate(group, context);
    add_trust(group, context);
    add_delete(group, context);
    add_device_network_commands(group, context);
}

}  // namespace muster::cli
