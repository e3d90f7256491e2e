// muster login, logout, whoami.
// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/json_fields.hpp"
#include "cli/session.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

struct LoginOptions {
    std::string email;
    bool password_on_stdin = false;
};

Outcome<Session> sign_in(const Context& context, const LoginOptions& options) {
    const auto url = named_url(context);
    if (!url) return std::unexpected(url.error());
    if (url->empty()) return refuse_usage("--url or MUSTER_URL is needed");
    if (!options.password_on_stdin && !context.terminal.in_is_terminal)
        return refuse_usage("no terminal to ask for the password: use --password-stdin");
    const auto password = read_secret(context.terminal, "Password: ");
    if (!password) return refuse_usage("no password was given");
    const HttpCall call{"POST",
                        *url,
                        "/auth/v1/token?grant_type=password",
                        {},
                        json::object{{"email", options.email}, {"password", password->reveal()}},
                        {}};
    auto answer = exchange(context, call);
    if (!answer) {
        answer.error().hint.clear();
        return std::unexpected(answer.error());
    }
    return parse_token_answer(*answer, *url, options.email, context.terminal.clock.now());
}

int log_in(const Context& context, const LoginOptions& options) {
    const auto file = session_file(context.terminal);
    if (!file) return report(context, file.error());
    const auto session = sign_in(context, options);
    if (!session) return report(context, session.error());
    save_session(*file, *session);
    if (context.common.is_json)
        print_json(context, {{"url", session->url},
                             {"email", session->email},
                             {"expires_at", session->expires_at}});
    else
        context.terminal.out << "Signed in to " << session->url << " as "
                             << printable(session->email) << ".\n";
    return exit_done;
}

/// Fails: the server is not reachable. One that refuses has no such session any more.
Outcome<void> end_on_server(const Context& context) {
    const auto session = current_session(context);
    if (!session && session.error().exit_code == exit_unreachable)
        return std::unexpected(session.error());
    if (!session) return {};
    const HttpCall call{
        "POST", session->url,   "/auth/v1/logout",
        {},     json::object{}, {{"Authorization", "Bearer " + session->access_token.reveal()}}};
    const auto answer = exchange(context, call);
    if (!answer && answer.error().exit_code == exit_unreachable)
        return std::unexpected(answer.error());
    return {};
}

int log_out(const Context& context) {
    const auto file = session_file(context.terminal);
    if (!file) return report(context, file.error());
    const auto url = named_url(context);
    if (!url) return report(context, url.error());
    const auto stored = load_session(*file);
    if (!stored || (!url->empty() && *url != stored->url))
        return report(context, Failure{exit_refused, "not signed in", {}, {}});
    const auto ended = end_on_server(context);
    std::filesystem::remove(*file);
    if (!ended)
        return report(context, Failure{exit_unreachable,
                                       "signed out here, but the server could not be told, and the "
                                       "session stays good there until it expires: " +
                                           ended.error().message,
                                       {},
                                       {}});
    if (context.common.is_json)
        print_json(context, {{"success", true}});
    else
        context.terminal.out << "Signed out.\n";
    return exit_done;
}

/// The role that a key claims, for showing only: the server decides what it is worth.
std::string role_in_key(std::string_view key) {
    const auto begin = key.find('.');
    const auto end = key.find('.', begin + 1);
    if (begin == std::string_view::npos || end == std::string_view::npos) return {};
    const auto bytes = base::parse_base64url(key.substr(begin + 1, end - begin - 1));
    if (!bytes) return {};
    boost::system::error_code failure;
    const json::value claims = json::parse(
        std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), failure);
    return failure ? std::string() : text_of(as_object(claims), "role");
}

Outcome<void> who_am_i(const Context& context, const ApiClient& api) {
    if (const auto key = variable(context.terminal, "MUSTER_KEY")) {
        const std::string role = or_dash(role_in_key(*key));
        if (context.common.is_json)
            print_json(context, {{"url", api.url()}, {"key_role", role}});
        else
            context.terminal.out << "The key in MUSTER_KEY (" << printable(role) << ") at "
                                 << api.url() << '\n';
        return {};
    }
    const auto user = api.get("/auth/v1/user");
    if (!user) return std::unexpected(user.error());
    if (context.common.is_json) {
        print_json(context, *user);
        return {};
    }
    const std::string name = text_of(object_of(*user, "user_metadata"), "full_name");
    context.terminal.out << printable(text_of(*user, "email"))
                         << (name.empty() ? "" : " (" + printable(name) + ")") << " at "
                         << api.url() << "\nuser id " << printable(text_of(*user, "id")) << '\n';
    return {};
}

}  // namespace

void add_login_commands(CLI::App& app, const ContextPtr& context) {
    CLI::App& login =
        add_command(app, context,
                    {"login",
                     "Signs in to a server. The session is kept in a private file and renewed by "
                     "itself",
                     "muster login --url https://muster.example --email ada@example.org"});
    const auto options = std::make_shared<LoginOptions>();
    login.add_option("--email", options->email, "Your account")->required();
    login.add_flag("--password-stdin", options->password_on_stdin,
                   "Take the password from the first line of standard input");
    on_run(login, context, [options](const Context& running) { return log_in(running, *options); });

    CLI::App& logout = add_command(
        app, context, {"logout", "Ends the session, here and on the server", "muster logout"});
    on_run(logout, context, log_out);

    CLI::App& whoami = add_command(
        app, context, {"whoami", "Shows who you are to the server", "muster whoami --json"});
    on_server(whoami, context, who_am_i);
}

}  // namespace muster::cli
