// Flags of the server's commands come from the table of settings, so that each has its twin in the
// environment and in the file.
// SPDX-License-Identifier: Apache-2.0
#include "main/server_commands.hpp"

#include <map>
#include <memory>
#include <ostream>

#include "main/init.hpp"
#include "main/opening.hpp"
#include "main/reference.hpp"
#include "main/serve.hpp"
#include "main/transfer.hpp"

namespace muster::main {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr std::string_view source_prefix = "sqlite:";

/// What a command line says of settings.
struct Flags {
    std::map<std::string, std::string> values;
    std::string config_file;
};

void add_setting_flags(CLI::App& command, std::span<const base::SettingRow> rows,
                       const std::shared_ptr<Flags>& flags) {
    for (const base::SettingRow& row : rows) {
        if (row.secret) continue;
        const std::string key(row.key);
        auto take = [flags, key](const std::string& value) { flags->values[key] = value; };
        CLI::Option* const option = command.add_option_function<std::string>(
            base::flag_of(row), take,
            std::string(row.help) + " [" + base::environment_of(row) + "]");
        option->default_str(std::string(row.fallback));
    }
    command.add_option("--config", flags->config_file, "TOML file with the same keys");
}

/// Loads settings and runs `work`; configuration that is wrong is exit 2, in one sentence.
template <class Work>
int with_settings(const Flags& flags, const cli::Terminal& terminal, Work work) {
    const auto file = flags.config_file.empty()
                          ? std::nullopt
                          : std::optional<std::filesystem::path>(flags.config_file);
    const auto settings = load_settings(flags.values, file);
    if (!settings) {
        terminal.err << "error: " << settings.error() << '\n';
        return exit_usage;
    }
    try {
        return work(*settings);
    } catch (const StartError& failure) {
        terminal.err << "error: " << failure.what() << '\n';
        return exit_failed;
    }
}

void add_serve(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection) {
    CLI::App* const command = app.add_subcommand("serve", "Run the server");
    const auto flags = std::make_shared<Flags>();
    add_setting_flags(*command, setting_table(), flags);
    command->footer("Example:\n  muster serve --data /var/lib/muster --listen 0.0.0.0:8080");
    command->callback([flags, &terminal, &selection] {
        selection.run = [flags, &terminal] {
            return with_settings(*flags, terminal,
                                 [](const Settings& settings) { return serve(settings); });
        };
    });
}

void add_init(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection) {
    CLI::App* const command =
        app.add_subcommand("init", "Create the first organization and its global administrator");
    const auto flags = std::make_shared<Flags>();
    const auto input = std::make_shared<InitInput>();
    add_setting_flags(*command, database_setting_table(), flags);
    command->add_option("--email", input->email, "The administrator's e-mail address")->required();
    command->add_flag("--password-stdin", input->password_from_stdin,
                      "Read the password from standard input");
    command->add_option("--name", input->full_name, "The administrator's full name")
        ->default_str("Administrator");
    command->add_option("--organization", input->organization, "The organization's name")
        ->default_str("My organization");
    command->add_flag("--json", input->json, "Print JSON");
    command->footer(
        "Example:\n  muster init --email admin@example.org --password-stdin "
        "--organization \"Example Ltd\"");
    command->callback([flags, input, &terminal, &selection] {
        selection.run = [flags, input, &terminal] {
            return with_settings(*flags, terminal, [&](const Settings& settings) {
                return init(settings, *input, terminal);
            });
        };
    });
}

void add_keys(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection) {
    CLI::App* const command =
        app.add_subcommand("keys", "Print the anon key and the service key of this server");
    const auto flags = std::make_shared<Flags>();
    const auto json = std::make_shared<bool>(false);
    add_setting_flags(*command, database_setting_table(), flags);
    command->add_flag("--json", *json, "Print JSON");
    command->callback([flags, json, &terminal, &selection] {
        selection.run = [flags, json, &terminal] {
            return with_settings(*flags, terminal, [&](const Settings& settings) {
                return print_keys(settings, *json, terminal);
            });
        };
    });
}

struct MigrateInput {
    std::string from;
    std::string to;
    TransferInput transfer = {};
};

int migrate(const Flags& flags, const MigrateInput& input, const cli::Terminal& terminal) {
    Flags all = flags;
    if (!input.from.empty()) {
        if (!input.from.starts_with(source_prefix) || input.from.size() == source_prefix.size()) {
            terminal.err << "error: --from: sqlite:FOLDER is needed, the server's data folder\n";
            return exit_usage;
        }
        all.values["data"] = input.from.substr(source_prefix.size());
        if (!input.to.empty()) all.values["database"] = input.to;
    }
    return with_settings(all, terminal, [&](const Settings& settings) {
        if (!input.from.empty()) return transfer(settings, input.transfer, terminal);
        bring_up_to_date(settings);
        terminal.out << "the database is at this version's schema\n";
        return 0;
    });
}

void add_migrate(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection) {
    CLI::App* const command = app.add_subcommand("migrate",
                                                 "Bring the database to this version's schema "
                                                 "(muster serve does so, too); with --from, move "
                                                 "an installation from SQLite to PostgreSQL");
    const auto flags = std::make_shared<Flags>();
    const auto input = std::make_shared<MigrateInput>();
    add_setting_flags(*command, database_setting_table(), flags);
    CLI::Option* const from =
        command->add_option("--from", input->from, "sqlite:FOLDER, the data folder to move")
            ->excludes("--data");
    command
        ->add_option("--to", input->to,
                     "postgresql://..., an empty database, as the role that owns it; default: "
                     "MUSTER_DATABASE. The password belongs into a file that PGPASSFILE names")
        ->needs(from)
        ->excludes("--database");
    command
        ->add_flag("--rehearse", input->transfer.rehearse,
                   "Copy and verify a snapshot, also while the server runs, and empty the target "
                   "again")
        ->needs(from);
    command->add_flag("--json", input->transfer.json, "Print the report as JSON")->needs(from);
    command->footer(
        "Example:\n  muster migrate --from sqlite:/var/lib/muster --to "
        "postgresql://owner@db.example.org/muster");
    command->callback([flags, input, &terminal, &selection] {
        selection.run = [flags, input, &terminal] { return migrate(*flags, *input, terminal); };
    });
}

void add_reference(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection) {
    CLI::App* const command =
        app.add_subcommand("reference", "Print a page of the reference documentation as Markdown");
    const auto page = std::make_shared<std::string>();
    command->add_option("page", *page, "errors, events, metrics, routes or settings")
        ->required()
        ->check(CLI::IsMember({"errors", "events", "metrics", "routes", "settings"}));
    command->callback([page, &terminal, &selection] {
        selection.run = [page, &terminal] {
            terminal.out << reference_page(*page);
            return 0;
        };
    });
}

}  // namespace

void add_server_commands(CLI::App& app, const cli::Terminal& terminal, cli::Selection& selection) {
    add_serve(app, terminal, selection);
    add_init(app, terminal, selection);
    add_keys(app, terminal, selection);
    add_migrate(app, terminal, selection);
    add_reference(app, terminal, selection);
}

}  // namespace muster::main
