// Command lines that make no sense, help, and completions of the whole tree.
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

#include "cli/completion.hpp"
#include "cli/program_test.hpp"

namespace muster::cli {
namespace {

TEST(Commands, UsageErrorsExitWithTwo) {
    struct Case {
        const char* name;
        std::vector<std::string> arguments;
        const char* error_has;
    };
    const Case cases[] = {
        {"nothing", {}, "subcommand"},
        {"unknown command", {"devices"}, "error: there is no command \"devices\""},
        {"unknown command of a group", {"device", "lst"}, "error: there is no command \"lst\""},
        {"group without command", {"device"}, "hint: muster device --help"},
        {"unknown option", {"device", "list", "--colour"}, "--colour"},
        {"status that is none", {"device", "list", "--status", "lost"}, "--status"},
        {"limit zero", {"device", "list", "--limit", "0"}, "--limit"},
        {"one past the limit's limit", {"device", "list", "--limit", "10001"}, "--limit"},
        {"no device", {"device", "show"}, "device is required"},
        {"level without reason", {"device", "trust", "a", "--level", "low"}, "--reason"},
        {"neither level nor re-evaluation", {"device", "trust", "a"}, "--reevaluate"},
        {"both",
         {"device", "trust", "a", "--level", "low", "--reason", "r", "--reevaluate"},
         "--reevaluate"},
        {"level that is none",
         {"device", "trust", "a", "--level", "top", "--reason", "r"},
         "--level"},
        {"role that is none", {"user", "role", "a@b", "root"}, "role"},
        {"user without name", {"user", "create", "--email", "a@b"}, "--name"},
        {"no e-mail", {"login", "--url", "http://127.0.0.1:1"}, "--email"},
        {"no server", {"login", "--email", "a@b", "--password-stdin"}, "MUSTER_URL"},
        {"address of another kind",
         {"login", "--email", "a@b", "--password-stdin", "--url", "ftp://h"},
         "ftp://h"},
        {"no terminal, no --password-stdin",
         {"login", "--email", "a@b", "--url", "http://h"},
         "--password-stdin"},
        {"enroll without token", {"enroll", "--url", "http://127.0.0.1:1"}, "MUSTER_TOKEN"},
        {"enroll without server", {"enroll", "--token", "t"}, "MUSTER_URL"},
        {"enroll, token of nothing",
         {"enroll", "--token", "-", "--url", "http://h"},
         "standard input"},
        {"network that is none", {"enroll", "--token", "t", "--network", "lan"}, "--network"},
        {"timeout zero", {"enroll", "--token", "t", "--timeout", "0"}, "--timeout"},
        {"one past the longest timeout",
         {"enroll", "--token", "t", "--timeout", "3601"},
         "--timeout"},
        {"shell that is none", {"completion", "tcsh"}, "tcsh"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ProgramFake program;
        const auto ended = program.run(c.arguments);
        EXPECT_EQ(ended.exit_code, exit_usage) << ended.err;
        EXPECT_NE(ended.err.find(c.error_has), std::string::npos) << ended.err;
        EXPECT_EQ(ended.out, "");
    }
}

TEST(Commands, TimeoutFromTheEnvironment) {
    for (const char* text : {"0", "3601", "soon", "-1"}) {
        SCOPED_TRACE(text);
        ProgramFake program;
        program.environment["MUSTER_TIMEOUT"] = text;
        const auto ended = program.run({"enroll", "--token", "t", "--url", "http://127.0.0.1:1"});
        EXPECT_EQ(ended.exit_code, exit_usage) << ended.err;
        EXPECT_NE(ended.err.find("MUSTER_TIMEOUT"), std::string::npos);
    }
}

using Visit = std::function<void(const CLI::App& command, const std::vector<std::string>& path)>;

void visit_all(const CLI::App& app, std::vector<std::string> path, const Visit& visit) {
    for (const CLI::App* command : app.get_subcommands({})) {
        path.push_back(command->get_name());
        visit(*command, path);
        visit_all(*command, path, visit);
        path.pop_back();
    }
}

struct Tree {
    ProgramFake program;
    std::istringstream in;
    std::ostringstream out;
    Terminal terminal{in, out, out, false, false, false, {}, program.clock};
    Selection selection;
    CLI::App app{"The test's program", "muster"};
    Tree() { add_client_commands(app, terminal, selection); }
};

TEST(Commands, EveryCommandHasHelpWithAnExample) {
    const Tree tree;
    visit_all(tree.app, {}, [](const CLI::App& command, std::vector<std::string> path) {
        std::string name;
        for (const std::string& word : path) name += " " + word;
        SCOPED_TRACE(name);
        path.emplace_back("--help");
        ProgramFake program;
        const auto ended = program.run(path);
        EXPECT_EQ(ended.exit_code, exit_done);
        EXPECT_EQ(ended.err, "");
        EXPECT_NE(ended.out.find(command.get_description()), std::string::npos);
        const bool is_group = !command.get_subcommands({}).empty();
        const bool has_example = ended.out.find("Example:\n  muster" + name) != std::string::npos;
        EXPECT_NE(has_example, is_group) << ended.out;
    });
}

TEST(Completion, NamesEveryCommandAndOption) {
    Tree tree;
    tree.app.add_subcommand("serve", "Added after the client's commands")
        ->add_option("--listen", "Where");
    const std::pair<const char*, Shell> shells[] = {
        {"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
    for (const auto& [name, shell] : shells) {
        SCOPED_TRACE(name);
        const std::string script = completion_script(tree.app, shell);
        visit_all(tree.app, {}, [&](const CLI::App& command, const std::vector<std::string>& path) {
            std::string words;
            for (const std::string& word : path) words += (words.empty() ? "" : " ") + word;
            EXPECT_NE(script.find("'" + words + "'"), std::string::npos) << words;
            for (const CLI::Option* option : command.get_options())
                for (const std::string& option_name : option->get_lnames())
                    EXPECT_NE(script.find(shell == Shell::fish ? "-l " + option_name
                                                               : "--" + option_name),
                              std::string::npos)
                        << words << " --" << option_name;
        });
    }
}

TEST(Completion, BashOffersWhatMayComeNext) {
    const Tree tree;
    struct Case {
        const char* typed;  ///< words as bash array elements; the last one is completed
        const char* offered;
    };
    const Case cases[] = {
        {"muster dev", "device"},
        {"muster device re", "revoke reactivate"},
        {"muster device --url x revoke --re", "--reason"},
        {"muster device list --status a", "active"},
        {"muster completion z", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.typed);
        const agent::TemporaryFolder folder;
        const std::filesystem::path script = folder.path() / "script";
        std::ofstream(script) << completion_script(tree.app, Shell::bash) << "COMP_WORDS=("
                              << c.typed
                              << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_muster\n"
                                 "printf %s \"${COMPREPLY[*]}\"\n";
        FILE* shell = ::popen(("bash -u " + script.string() + " 2>&1").c_str(), "r");
        ASSERT_NE(shell, nullptr);
        char answer[4096] = {};
        const std::size_t count = ::fread(answer, 1, sizeof answer - 1, shell);
        EXPECT_EQ(::pclose(shell), 0);
        EXPECT_EQ(std::string(answer, count), c.offered);
    }
}

}  // namespace
}  // namespace muster::cli
