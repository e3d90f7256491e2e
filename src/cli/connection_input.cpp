// muster network add, change. Credentials come from standard input or a prompt, never from the
// command line or the environment, which other processes can read.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <ostream>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>

#include "cli/command.hpp"
#include "cli/connection_output.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/lookup.hpp"
#include "cli/spinner.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct ConnectionOptions {
    std::string connection;  ///< to change: its name or id
    json::object fields;     ///< of the request: what was given
    std::vector<std::string> tags;
    std::string pushes_trust;
    bool has_no_tags = false;
    bool is_default = false;
    bool is_untested = false;
    bool is_credential_wanted = false;
    bool credential_on_stdin = false;
    bool webhook_secret_on_stdin = false;
};
using OptionsPtr = std::shared_ptr<ConnectionOptions>;

std::string prompt_for(const json::object& fields) {
    const std::string network = text_of(fields, "network");
    if (network == "headscale") return "Headscale's API key: ";
    if (network == "netbird") return "NetBird's access token: ";
    if (network != "tailscale") return "New credential: ";
    return text_of(fields, "client_id").empty()
               ? "Tailscale's OAuth client secret or API access token: "
               : "The OAuth client's secret: ";
}

/// Adds the secrets that were asked for: the credential's line first.
Outcome<void> read_secrets(const Context& context, const ConnectionOptions& options,
                           json::object& fields) {
    if (options.is_credential_wanted || options.credential_on_stdin) {
        const auto credential = read_secret(context.terminal, prompt_for(fields));
        if (!credential) return refuse_usage("no credential was given");
        fields["credential"] = credential->reveal();
    }
    if (options.webhook_secret_on_stdin) {
        const auto secret = read_secret(context.terminal, "The webhook's secret: ");
        if (!secret) return refuse_usage("no webhook secret was given");
        fields["webhook_secret"] = secret->reveal();
    }
    return {};
}

/// The request's body, without secrets.
json::object fields_of(const ConnectionOptions& options) {
    json::object fields = options.fields;
    if (!options.tags.empty() || options.has_no_tags)
        fields["tags"] = json::array(options.tags.begin(), options.tags.end());
    if (!options.pushes_trust.empty()) fields["pushes_trust"] = options.pushes_trust == "on";
    if (options.is_default) fields["is_default"] = true;
    if (options.is_untested) fields["test"] = false;
    return fields;
}

void print_webhook(std::ostream& out, const json::object& connection) {
    const std::string url = text_of(connection, "webhook_url");
    if (url.empty()) return;
    out << "Webhook URL: " << printable(url) << '\n';
    if (is_true(connection, "has_webhook_secret")) return;
    out << "With a webhook to it, made in Tailscale's admin console, changes are seen at once. "
           "Then "
           "give its secret: muster network change "
        << printable(text_of(connection, "id")) << " --webhook-secret-stdin\n";
}

struct Keeping {
    std::string method;
    std::string path;
    std::string_view done;  ///< "added"
    bool is_untested = false;
};

void print_kept(const Context& context, const json::object& answer, const Keeping& keeping) {
    const json::object& connection = object_of(answer, "connection");
    const std::string id = printable(text_of(connection, "id"));
    std::ostream& out = context.terminal.out;
    out << "Connection " << printable(text_of(connection, "name")) << " ("
        << printable(text_of(connection, "network")) << ") is " << keeping.done << ", id " << id
        << (is_true(connection, "is_default") ? "; new devices join there.\n" : ".\n");
    show_probe(context, object_of(answer, "probe"));
    if (keeping.is_untested) out << "It was not tested: muster network test " << id << '\n';
    print_webhook(out, connection);
}

/// The network itself refused what it was asked, or could not be asked.
bool is_networks_answer(std::string_view code) {
    constexpr std::array<std::string_view, 5> codes{"network_refused", "network_unreachable",
                                                    "network_timeout", "network_rate_limited",
                                                    "network_answer_invalid"};
    return std::ranges::find(codes, code) != codes.end();
}

Outcome<void> keep(const Context& context, const ApiClient& api, const ConnectionOptions& options,
                   const Keeping& keeping) {
    json::object fields = fields_of(options);
    const auto secrets = read_secrets(context, options, fields);
    if (!secrets) return std::unexpected(secrets.error());
    auto answer = [&] {
        const Spinner spinner(context.terminal, "Asking the network");
        return api.send(keeping.method, keeping.path, std::move(fields));
    }();
    if (!answer) {
        if (is_networks_answer(answer.error().code))
            answer.error().hint = "nothing was kept; without asking the network: --no-test";
        return std::unexpected(answer.error());
    }
    if (context.common.is_json)
        print_json(context, *answer);
    else
        print_kept(context, *answer, keeping);
    return {};
}

Outcome<void> change_connection(const Context& context, const ApiClient& api,
                                const ConnectionOptions& options) {
    const auto connection = find_organization_connection(api, options.connection);
    if (!connection) return std::unexpected(connection.error());
    return keep(context, api, options,
                {"PATCH", route_of(*connection), "changed", options.is_untested});
}

/// An option whose text goes into the request as it is, also when it is empty.
CLI::Option* add_field(CLI::App& command, const OptionsPtr& options, const std::string& flag,
                       const std::string& member, const std::string& description) {
    return command.add_option_function<std::string>(
        flag, [options, member](const std::string& value) { options->fields[member] = value; },
        description);
}

/// What add and change have in common.
void add_settings(CLI::App& command, const OptionsPtr& options) {
    add_field(command, options, "--base-url", "base_url",
              "Address of the network's API; default: its public service");
    add_field(command, options, "--control-url", "control_url",
              "Address that devices log in to; default: that of the API");
    add_field(command, options, "--tailnet", "tailnet",
              "Tailscale: the tailnet; default: the credential's own");
    add_field(
        command, options, "--client-id", "client_id",
        "Tailscale: the OAuth client whose secret the credential is; may be left out, since a "
        "secret tskey-client-... holds it");
    add_field(command, options, "--user", "user",
              "Headscale: the user that keys without tags are made for");
    command
        .add_option("--tag", options->tags,
                    "Tag of each device that joins, NetBird: name of a group; may be repeated")
        ->allow_extra_args(false);
    command
        .add_option("--push-trust", options->pushes_trust,
                    "Tell the network each device's trust level; default: where its policy needs "
                    "no preparation for that")
        ->check(CLI::IsMember({"on", "off"}));
    command.add_flag("--no-test", options->is_untested, "Do not ask the network whether it works");
    command.add_flag("--webhook-secret-stdin", options->webhook_secret_on_stdin,
                     "Tailscale: take a webhook's secret from standard input, from the line after "
                     "the credential if there is one");
}

void add_add(CLI::App& group, const ContextPtr& context) {
    CLI::App& add = add_command(
        group, context,
        {"add",
         "Connects an organization to a network: its devices get keys of their own there. The "
         "credential is asked for, or read from standard input",
         "muster network add office --network tailscale --tag tag:laptop\n"
         "  muster network add office --network headscale --base-url https://headscale.example "
         "--tag tag:laptop --credential-stdin < file"});
    const auto options = std::make_shared<ConnectionOptions>();
    options->is_credential_wanted = true;
    add_field(add, options, "name", "name", "What to call the connection")->required();
    add_field(add, options, "--network", "network", "The kind of network")
        ->required()
        ->check(CLI::IsMember({"tailscale", "headscale", "netbird"}));
    add_settings(add, options);
    add.add_flag("--default", options->is_default,
                 "New devices join there; the organization's first connection is it anyway");
    add_field(add, options, "--organization", "organization_id",
              "The organization's id; default: yours");
    add.add_flag("--credential-stdin", options->credential_on_stdin,
                 "Take the credential from the first line of standard input: an API key, an access "
                 "token or an OAuth client's secret");
    add.parse_complete_callback([options, context] {
        if (!options->credential_on_stdin && !context->terminal.in_is_terminal)
            throw CLI::ValidationError(
                "no terminal to ask for the credential: use --credential-stdin");
    });
    on_server(add, context, [options](const Context& running, const ApiClient& api) {
        return keep(running, api, *options,
                    {"POST", connections_route, "added", options->is_untested});
    });
}

void add_change(CLI::App& group, const ContextPtr& context) {
    CLI::App& change =
        add_command(group, context,
                    {"change", "Changes a connection; what is not given stays as it is",
                     "muster network change office --tag tag:laptop --tag tag:staff\n"
                     "  muster network change office --credential-stdin < file"});
    const auto options = std::make_shared<ConnectionOptions>();
    change.add_option("connection", options->connection, "Its name or id")->required();
    add_field(change, options, "--name", "name", "A new name");
    add_settings(change, options);
    change.add_flag("--no-tags", options->has_no_tags, "Devices get no tags any more")
        ->excludes("--tag");
    change.add_flag("--default", options->is_default, "New devices join there");
    change.add_flag("--credential-stdin", options->credential_on_stdin,
                    "Take a new credential from the first line of standard input");
    change.parse_complete_callback([options] {
        const bool has_secrets = options->credential_on_stdin || options->webhook_secret_on_stdin;
        json::object fields = fields_of(*options);
        fields.erase("test");
        if (fields.empty() && !has_secrets)
            throw CLI::ValidationError("an option that says what to change is required");
    });
    on_server(change, context, [options](const Context& running, const ApiClient& api) {
        return change_connection(running, api, *options);
    });
}

}  // namespace

void add_connection_input_commands(CLI::App& group, const ContextPtr& context) {
    add_add(group, context);
    add_change(group, context);
}

}  // namespace muster::cli
