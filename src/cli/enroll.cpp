// muster enroll: the one command that runs on a device.
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <ostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>
#include <unistd.h>

#include "agent/enrollment.hpp"
#include "agent/state.hpp"
#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/interrupt.hpp"
#include "cli/progress.hpp"

namespace muster::cli {
namespace {

struct EnrollOptions {
    std::string token;
    std::string network;
    std::string state_folder;
    std::string facts_root;
    std::string tailscale;
    std::string tailscale_socket;
    std::string netbird;
    std::string netbird_daemon_addr;
    int timeout_seconds = 0;  ///< 0: not given
};

constexpr int timeout_seconds_default = 120;
constexpr int timeout_seconds_max = 3600;

/// The option's value, else its environment twin's, else the default.
std::string chosen(const Context& context, const std::string& option,
                   const std::string& variable_name, const std::string& fallback) {
    if (!option.empty()) return option;
    return variable(context.terminal, variable_name).value_or(fallback);
}

Outcome<std::chrono::seconds> chosen_timeout(const Context& context, const EnrollOptions& options) {
    if (options.timeout_seconds != 0) return std::chrono::seconds(options.timeout_seconds);
    const auto text = variable(context.terminal, "MUSTER_TIMEOUT");
    if (!text) return std::chrono::seconds(timeout_seconds_default);
    int seconds = 0;
    if (!CLI::detail::lexical_cast(*text, seconds) || seconds < 1 || seconds > timeout_seconds_max)
        return refuse_usage("MUSTER_TIMEOUT: 1-3600 seconds");
    return std::chrono::seconds(seconds);
}

Outcome<base::Secret<std::string>> chosen_token(const Context& context,
                                                const EnrollOptions& options) {
    if (options.token == "-") {
        auto line = read_secret(context.terminal, "Token: ");
        if (!line) return refuse_usage("no token on standard input");
        return std::move(*line);
    }
    std::string token = chosen(context, options.token, "MUSTER_TOKEN", "");
    if (token.empty()) return refuse_usage("--token or MUSTER_TOKEN is needed");
    return base::Secret(std::move(token));
}

Outcome<agent::EnrollmentRequest> to_request(const Context& context, const EnrollOptions& options) {
    auto token = chosen_token(context, options);
    if (!token) return std::unexpected(token.error());
    auto url = named_url(context);
    if (!url) return std::unexpected(url.error());
    if (auto link = agent::parse_enrollment_link(token->reveal())) {
        if (url->empty()) *url = std::move(link->url);
        *token = std::move(link->token);
    }
    if (url->empty())
        return refuse_usage("--url or MUSTER_URL is needed, or a whole link as token");
    const auto timeout = chosen_timeout(context, options);
    if (!timeout) return std::unexpected(timeout.error());

    agent::EnrollmentRequest request;
    request.server.url = std::move(*url);
    request.server.accept_language = accept_language(context.terminal);
    request.server.ca_file = ca_file(context);
    request.token = std::move(*token);
    request.network = chosen(context, options.network, "MUSTER_NETWORK", "auto");
    request.facts_root = chosen(context, options.facts_root, "MUSTER_FACTS_ROOT", "/");
    request.state_folder =
        options.state_folder.empty()
            ? agent::default_state_folder(context.terminal.environment, ::geteuid() == 0)
            : std::filesystem::path(options.state_folder);
    request.state_folder = std::filesystem::absolute(request.state_folder);
    request.timeout = *timeout;
    return request;
}

agent::ClientPrograms to_programs(const Context& context, const EnrollOptions& options) {
    agent::ClientPrograms programs;
    programs.tailscale = chosen(context, options.tailscale, "MUSTER_TAILSCALE", programs.tailscale);
    programs.tailscale_socket =
        chosen(context, options.tailscale_socket, "MUSTER_TAILSCALE_SOCKET", "");
    programs.netbird = chosen(context, options.netbird, "MUSTER_NETBIRD", programs.netbird);
    programs.netbird_daemon_addr =
        chosen(context, options.netbird_daemon_addr, "MUSTER_NETBIRD_DAEMON_ADDR", "");
    programs.environment = context.terminal.environment;
    return programs;
}

Failure to_failure(const agent::EnrollmentFailure& failure, const std::string& url) {
    if (failure.kind == agent::EnrollmentFailure::Kind::bad_url)
        return {exit_usage, failure.message, {}, {}};
    const bool is_unreachable = failure.kind == agent::EnrollmentFailure::Kind::unreachable;
    return {is_unreachable ? exit_unreachable : exit_refused, failure.message, failure.code,
            is_unreachable ? "is the server running, and is " + url +
                                 " its address? The same command can be run again"
                           : failure.hint};
}

boost::json::object to_json(const agent::Enrollment& enrollment) {
    const auto or_null = [](const std::string& text) {
        return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
    };
    return {
        {"device_id", enrollment.device_id},
        {"device_name", enrollment.device_name},
        {"organization_name", or_null(enrollment.organization_name)},
        {"network", enrollment.network},
        {"status", enrollment.status},
        {"hostname", or_null(enrollment.hostname)},
        {"ip", or_null(enrollment.ip)},
        {"fingerprint", enrollment.facts.fingerprint},
        {"state_file", enrollment.state_file.string()},
    };
}

void print_for_people(const Context& context, const agent::Enrollment& enrollment) {
    std::ostream& out = context.terminal.out;
    out << "Enrolled as " << printable(enrollment.device_name);
    if (!enrollment.organization_name.empty())
        out << " at " << printable(enrollment.organization_name);
    out << ", device " << printable(enrollment.device_id) << ".\n";
    if (enrollment.network == "none")
        out << "The server knows this device now and has its fingerprint. No network is connected "
               "to the server,\nso the device stays pending, with trust medium at most.\n";
    else
        out << "On network " << printable(enrollment.network) << " as "
            << printable(enrollment.hostname) << ", " << printable(enrollment.ip) << "; status "
            << printable(enrollment.status) << ".\n";
}

int enroll_device(const Context& context, const EnrollOptions& options) {
    const InterruptGuard guard;
    const auto request = to_request(context, options);
    if (!request) return report(context, request.error());
    ProgressDisplay display(context.terminal, is_colored(context));
    agent::EnrollmentHooks hooks = display.hooks();
    hooks.find_client = [programs = to_programs(context, options)](std::string_view network) {
        return agent::make_network_client(network, programs);
    };
    const auto enrollment = agent::enroll(*request, hooks, context.terminal.clock);
    display.finish();
    if (!enrollment) return report(context, to_failure(enrollment.error(), request->server.url));
    if (context.common.is_json)
        print_json(context, to_json(*enrollment));
    else
        print_for_people(context, *enrollment);
    return exit_done;
}

void add_client_options(CLI::App& enroll, EnrollOptions& options) {
    const std::string group = "The network's own client";
    enroll
        .add_option("--tailscale", options.tailscale,
                    "The program that joins Tailscale and Headscale; default: MUSTER_TAILSCALE, "
                    "else tailscale on PATH")
        ->group(group);
    enroll
        .add_option("--tailscale-socket", options.tailscale_socket,
                    "The socket of the tailscaled to talk to; default: MUSTER_TAILSCALE_SOCKET, "
                    "else its usual one")
        ->group(group);
    enroll
        .add_option("--netbird", options.netbird,
                    "The program that joins NetBird; default: MUSTER_NETBIRD, else netbird on PATH")
        ->group(group);
    enroll
        .add_option("--netbird-daemon-addr", options.netbird_daemon_addr,
                    "The address of NetBird's service, as unix:///run/netbird.sock; default: "
                    "MUSTER_NETBIRD_DAEMON_ADDR, else its usual one")
        ->group(group);
}

}  // namespace

void add_enroll_command(CLI::App& app, const ContextPtr& context) {
    CLI::App& enroll = add_command(
        app, context,
        {"enroll",
         "Enrols this device: shows the token to the server, joins the network, waits until the "
         "server sees it there",
         "muster enroll --url https://muster.example --token muster-...\n"
         "  muster enroll --token - < file-with-the-link"});
    const auto options = std::make_shared<EnrollOptions>();
    enroll.add_option("--token", options->token,
                      "The enrolment token, or the whole link that holds it; - takes it from "
                      "standard input; default: MUSTER_TOKEN");
    enroll
        .add_option("--network", options->network,
                    "The network to join; auto takes what the server offers; default: "
                    "MUSTER_NETWORK, else auto")
        ->check(CLI::IsMember({"auto", "none", "tailscale", "headscale", "netbird", "simulated"}));
    enroll
        .add_option("--timeout", options->timeout_seconds,
                    "Seconds until it gives up; default: MUSTER_TIMEOUT, else 120")
        ->check(CLI::Range(1, timeout_seconds_max));
    enroll.add_option("--state-dir", options->state_folder,
                      "Where the state file goes; default: MUSTER_STATE_DIR, else /var/lib/muster "
                      "for root, else ~/.local/state/muster");
    enroll.add_option("--facts-root", options->facts_root,
                      "Read the device's facts below this folder, for containers that mount their "
                      "host; default: MUSTER_FACTS_ROOT, else /");
    add_client_options(enroll, *options);
    on_run(enroll, context,
           [options](const Context& running) { return enroll_device(running, *options); });
}

}  // namespace muster::cli
