// muster device key, check: a device and its network.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>
#include <vector>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "cli/age.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/node_output.hpp"
#include "cli/spinner.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct KeyOptions {
    std::string device;
    std::vector<std::string> tags;
    std::string group;
};

/// The key alone on standard output, so that it can be handed to a client without being cut out.
void print_key(const Context& context, const json::object& answer) {
    context.terminal.out << printable(text_of(answer, "authKey")) << '\n' << std::flush;
    if (!context.terminal.out_is_terminal) return;
    const std::string expires_at = text_of(answer, "expiresAt");
    context.terminal.err
        << "warning: the key is shown only now. Who has it can join the network as "
           "this device";
    if (!expires_at.empty())
        context.terminal.err << ", until it expires "
                             << printable(age_of(expires_at, context.terminal.clock.now()));
    context.terminal.err << ".\n";
}

Outcome<void> make_key(const Context& context, const ApiClient& api, const KeyOptions& options) {
    const auto id = find_device_id(api, options.device);
    if (!id) return std::unexpected(id.error());
    json::object fields{{"action", "generate-auth-key"}, {"deviceId", *id}};
    if (!options.tags.empty())
        fields["tags"] = json::array(options.tags.begin(), options.tags.end());
    if (!options.group.empty()) fields["group"] = options.group;
    const auto answer = [&] {
        const Spinner spinner(context.terminal, "Asking the network");
        return api.network_action(std::move(fields));
    }();
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json)
        print_json(context, *answer);
    else
        print_key(context, *answer);
    return {};
}

struct CheckOptions {
    std::string device;
    std::string hostname;
};

Outcome<void> check_device(const Context& context, const ApiClient& api,
                           const CheckOptions& options) {
    const auto id = find_device_id(api, options.device);
    if (!id) return std::unexpected(id.error());
    json::object fields{{"action", "validate-enrollment"}, {"deviceId", *id}};
    if (!options.hostname.empty()) fields["hostname"] = options.hostname;
    const auto answer = [&] {
        const Spinner spinner(context.terminal, "Asking the network");
        return api.network_action(std::move(fields));
    }();
    if (!answer) return std::unexpected(answer.error());
    if (context.common.is_json) print_json(context, *answer);
    if (!is_true(*answer, "enrolled")) {
        const std::string message = text_of(*answer, "message");
        return refuse(message.empty() ? "the network does not show this device" : message,
                      "muster device show " + *id);
    }
    if (context.common.is_json) return {};
    context.terminal.out << "Device " << *id << " is enrolled: the network shows it.\n";
    show_node(context, object_of(*answer, "device"));
    return {};
}

CLI::App& add_device_command(CLI::App& group, const ContextPtr& context, const CommandText& text,
                             std::string& device) {
    CLI::App& command = add_command(group, context, text);
    command
        .add_option("device", device,
                    "Its id, the start of its id (4 characters or more), or its exact name")
        ->required();
    return command;
}

}  // namespace

void add_device_network_commands(CLI::App& group, const ContextPtr& context) {
    const auto key_options = std::make_shared<KeyOptions>();
    CLI::App& key = add_device_command(group, context,
                                       {"key",
                                        "Makes a network key for a device whose client is set up "
                                        "by hand, and prints nothing else; "
                                        "it is shown only once",
                                        "muster device key ada-laptop --tag tag:laptop > key-file"},
                                       key_options->device);
    key.add_option("--tag", key_options->tags,
                   "A tag of its node; may be repeated; default: those of the connection")
        ->allow_extra_args(false);
    key.add_option("--group", key_options->group, "A group that is noted with the device");
    on_server(key, context, [key_options](const Context& running, const ApiClient& api) {
        return make_key(running, api, *key_options);
    });

    const auto check_options = std::make_shared<CheckOptions>();
    CLI::App& check = add_device_command(
        group, context,
        {"check",
         "Asks the network for a device, and enrolls it if it is there; exit code 1 if it is not",
         "muster device check ada-laptop"},
        check_options->device);
    check.add_option("--hostname", check_options->hostname,
                     "What the device calls itself, where it has not announced that");
    on_server(check, context, [check_options](const Context& running, const ApiClient& api) {
        return check_device(running, api, *check_options);
    });
}

}  // namespace muster::cli
