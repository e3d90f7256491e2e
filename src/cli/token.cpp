// muster token create.
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>

#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/lookup.hpp"
#include "cli/token_output.hpp"

namespace muster::cli {
namespace {

struct CreateOptions {
    std::string name;
    std::string type;
    std::string os;
    std::string user;
    std::string svg_file;
};

Outcome<void> create_token(const Context& context, const ApiClient& api,
                           const CreateOptions& options) {
    boost::json::object fields{{"action", "create_pending_device"}};
    if (!options.name.empty()) fields["device_name"] = options.name;
    if (!options.type.empty()) fields["device_type"] = options.type;
    if (!options.os.empty()) fields["os"] = options.os;
    if (!options.user.empty()) {
        const auto user = find_user_id(api, options.user);
        if (!user) return std::unexpected(user.error());
        fields["user_id"] = *user;
    }
    auto answer = api.enrollment(std::move(fields));
    if (!answer) return std::unexpected(answer.error());
    return show_token(context, api.url(), std::move(*answer), options.svg_file);
}

}  // namespace

void add_token_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& group = add_group(app, "token", "Enrolment tokens");
    CLI::App& create =
        add_command(group, context,
                    {"create",
                     "Puts a pending device on the roster and prints its one-use enrolment token, "
                     "as text, link and QR code",
                     "muster token create --name ada-laptop --user ada@example.org"});
    const auto options = std::make_shared<CreateOptions>();
    create.add_option("--name", options->name, "What to call the device, 1-100 characters");
    create.add_option("--type", options->type, "Its kind; default: laptop")
        ->check(CLI::IsMember({"laptop", "desktop", "mobile", "tablet", "windows", "macos", "linux",
                               "ios", "android"}));
    create.add_option("--os", options->os, "Its operating system, 1-50 characters");
    create.add_option("--user", options->user,
                      "Whose device it is: e-mail address or id; default: yours");
    create.add_option("--svg", options->svg_file,
                      "Write the QR code to this file instead of the terminal");
    on_server(create, context, [options](const Context& running, const ApiClient& api) {
        return create_token(running, api, *options);
    });
}

}  // namespace muster::cli
