// muster network netbird: NetBird's own API through the server, which adds the credential.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>

#include "cli/command.hpp"
#include "cli/groups.hpp"
#include "cli/lookup.hpp"

namespace muster::cli {
namespace {

constexpr std::size_t body_bytes_max = 1024 * 1024;

struct NetbirdOptions {
    std::string method;
    std::string path;
    std::string body_file;
    std::string connection;
};

Outcome<std::string> read_whole(std::istream& in, const std::string& name) {
    std::string text(body_bytes_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || (in.gcount() == 0 && !in.eof())) return refuse_usage("cannot read " + name);
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > body_bytes_max) return refuse_usage(name + " is larger than 1 MiB");
    return text;
}

/// Empty: no body was named.
Outcome<std::optional<std::string>> read_body(const Context& context, const std::string& file) {
    if (file.empty()) return std::nullopt;
    std::ifstream stream;
    if (file != "-") stream.open(file, std::ios::binary);
    auto text =
        file == "-" ? read_whole(context.terminal.in, "standard input") : read_whole(stream, file);
    if (!text) return std::unexpected(text.error());
    return std::move(*text);
}

/// As it came; on a terminal, without what could control it.
void print_answer(const Context& context, std::string_view body) {
    std::ostream& out = context.terminal.out;
    if (body.ends_with('\n')) body.remove_suffix(1);
    if (body.empty()) return;
    if (!context.terminal.out_is_terminal) {
        out << body << '\n';
        return;
    }
    for (std::size_t begin = 0; begin <= body.size();) {
        const std::size_t end = std::min(body.find('\n', begin), body.size());
        out << printable(body.substr(begin, end - begin)) << '\n';
        begin = end + 1;
    }
}

Outcome<void> call_netbird(const Context& context, const ApiClient& api,
                           const NetbirdOptions& options) {
    auto body = read_body(context, options.body_file);
    if (!body) return std::unexpected(body.error());
    ApiClient::NetbirdCall call{options.method, options.path, std::move(*body)};
    if (!options.connection.empty()) {
        const auto connection = find_organization_connection(api, options.connection);
        if (!connection) return std::unexpected(connection.error());
        call.connection_id = connection->id;
    }
    const auto answer = api.netbird(std::move(call));
    if (!answer) return std::unexpected(answer.error());
    print_answer(context, answer->body);
    if (answer->status < 200 || answer->status > 299)
        return refuse("NetBird answered with status " + std::to_string(answer->status));
    return {};
}

}  // namespace

void add_netbird_command(CLI::App& group, const ContextPtr& context) {
    CLI::App& command = add_command(
        group, context,
        {"netbird",
         "Calls NetBird's own API with the organization's credential, and prints NetBird's answer, "
         "which is JSON also without --json; exit code 1 if its status is none of success. Each "
         "call goes into the audit log",
         "muster network netbird GET /api/peers\n"
         "  muster network netbird POST /api/groups --body group.json"});
    const auto options = std::make_shared<NetbirdOptions>();
    command.add_option("method", options->method, "GET, POST, PUT, PATCH or DELETE")
        ->required()
        ->transform(CLI::IsMember({"GET", "POST", "PUT", "PATCH", "DELETE"}, CLI::ignore_case));
    command.add_option("path", options->path, "Below /api/, with a query if there is one")
        ->required()
        ->check([](const std::string& path) {
            return path.starts_with("/api/") ? std::string() : path + " is not below /api/";
        });
    command.add_option("--body", options->body_file,
                       "File with the JSON to send; \"-\": standard input");
    command.add_option("--connection", options->connection,
                       "Name or id of a connection to NetBird; default: your organization's");
    on_server(command, context, [options](const Context& running, const ApiClient& api) {
        return call_netbird(running, api, *options);
    });
}

}  // namespace muster::cli
