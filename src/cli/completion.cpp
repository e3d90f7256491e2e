// One walk over the tree, three ways to print it. Each script follows the words typed so far down
// the tree and offers what may come next there.
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <map>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/command.hpp"
#include "cli/groups.hpp"

namespace muster::cli {
namespace {

struct Word {
    std::string text;
    std::string description;
    bool is_command = false;
    std::vector<std::string> values = {};  ///< of an option that takes one of a few
};

struct Node {
    std::string path;  ///< "device list"; empty: the program itself
    std::vector<Word> words;
};

/// CLI11 writes the values of IsMember into the type's name, as {a,b,c}.
std::vector<std::string> values_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const auto begin = type.find('{');
    const auto end = type.find('}', begin);
    std::vector<std::string> values;
    if (begin == std::string::npos || end == std::string::npos) return values;
    return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& nodes) {
    Node node{path, {}};
    for (const CLI::App* command : app.get_subcommands({}))
        node.words.push_back({command->get_name(), command->get_description(), true});
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            node.words.push_back(
                {"--" + name, option->get_description(), false, values_of(*option)});
    nodes.push_back(std::move(node));
    for (const CLI::App* command : app.get_subcommands({}))
        collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(),
                nodes);
}

std::vector<Node> nodes_of(const CLI::App& app) {
    std::vector<Node> nodes;
    collect(app, "", nodes);
    return nodes;
}

std::string texts_of(const Node& node) {
    std::string texts;
    for (const Word& word : node.words) texts += (texts.empty() ? "" : " ") + word.text;
    return texts;
}

std::string joined_values(const Word& word) {
    std::string values;
    for (const std::string& value : word.values) values += (values.empty() ? "" : " ") + value;
    return values;
}

/// Text within single quotes; `escaped_quote` is how the shell writes one in there.
std::string quoted(const std::string& text, std::string_view escaped_quote) {
    std::string safe = "'";
    for (const char c : text) {
        if (c == '\'')
            safe += escaped_quote;
        else if (c == '\n')
            safe += ' ';
        else
            safe += c;
    }
    return safe + "'";
}

/// The lines of `case "$path"` that name each command, shared by bash and zsh: the path grows as
/// long as path and word together are a command.
std::string paths_pattern(const std::vector<Node>& nodes) {
    std::string pattern;
    for (const Node& node : nodes)
        if (!node.path.empty()) pattern += (pattern.empty() ? "'" : "|'") + node.path + "'";
    return pattern;
}

std::string bash_script(const std::string& program, const std::vector<Node>& nodes) {
    std::string script = "# bash completion for " + program + "; written by: " + program +
                         " completion bash\n_" + program +
                         "() {\n"
                         "    local path= word at current=${COMP_WORDS[COMP_CWORD]}\n"
                         "    local previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                         "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
                         "        word=${path:+$path }${COMP_WORDS[at]}\n"
                         "        case $word in\n            " +
                         paths_pattern(nodes) +
                         ") path=$word ;;\n        esac\n    done\n"
                         "    case \"$path $previous\" in\n";
    for (const Node& node : nodes)
        for (const Word& word : node.words)
            if (!word.values.empty())
                script += "        '" + node.path + " " + word.text +
                          "') COMPREPLY=($(compgen -W '" + joined_values(word) +
                          "' -- \"$current\")); return ;;\n";
    script += "    esac\n    case $path in\n";
    for (const Node& node : nodes)
        script += "        '" + node.path + "') COMPREPLY=($(compgen -W '" + texts_of(node) +
                  "' -- \"$current\")) ;;\n";
    return script + "    esac\n}\ncomplete -o default -F _" + program + " " + program + "\n";
}

std::string zsh_script(const std::string& program, const std::vector<Node>& nodes) {
    std::string script = "#compdef " + program + "\n# zsh completion for " + program +
                         "; written by: " + program + " completion zsh\n_" + program +
                         "() {\n"
                         "    local path_typed= word at\n"
                         "    local -a choices\n"
                         "    for ((at = 2; at < CURRENT; at++)); do\n"
                         "        word=${path_typed:+$path_typed }${words[at]}\n"
                         "        case $word in\n            " +
                         paths_pattern(nodes) +
                         ") path_typed=$word ;;\n        esac\n    done\n"
                         "    case \"$path_typed ${words[CURRENT-1]}\" in\n";
    for (const Node& node : nodes)
        for (const Word& word : node.words)
            if (!word.values.empty())
                script += "        '" + node.path + " " + word.text + "') compadd -- " +
                          joined_values(word) + "; return ;;\n";
    script += "    esac\n    case $path_typed in\n";
    for (const Node& node : nodes) {
        script += "        '" + node.path + "') choices=(\n";
        for (const Word& word : node.words)
            script += "            " + quoted(word.text + ":" + word.description, "'\\''") + "\n";
        script += "            ) ;;\n";
    }
    return script + "    esac\n    _describe '" + program + "' choices || _files\n}\ncompdef _" +
           program + " " + program + "\n";
}

std::string fish_script(const std::string& program, const std::vector<Node>& nodes) {
    std::string all_paths;
    for (const Node& node : nodes)
        if (!node.path.empty()) all_paths += " '" + node.path + "'";
    std::string script = "# fish completion for " + program + "; written by: " + program +
                         " completion fish\nfunction __" + program +
                         "_at\n"
                         "    set -l path ''\n"
                         "    for word in (commandline -opc)[2..-1]\n"
                         "        set -l longer (string trim \"$path $word\")\n"
                         "        contains -- $longer" +
                         all_paths +
                         "; and set path $longer\n    end\n    test \"$path\" = \"$argv\"\nend\n";
    const std::string where = "complete -c " + program + " -n \"__" + program + "_at ";
    for (const Node& node : nodes)
        for (const Word& word : node.words) {
            script += where + node.path + "\" ";
            if (word.is_command)
                script += "-f -a " + word.text;
            else
                script += "-l " + word.text.substr(2);
            if (!word.values.empty()) script += " -x -a '" + joined_values(word) + "'";
            script += " -d " + quoted(word.description, "\\'") + "\n";
        }
    return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
    const std::vector<Node> nodes = nodes_of(app);
    switch (shell) {
        case Shell::bash: return bash_script(app.get_name(), nodes);
        case Shell::zsh: return zsh_script(app.get_name(), nodes);
        case Shell::fish: return fish_script(app.get_name(), nodes);
    }
    std::unreachable();
}

void add_completion_command(CLI::App& app, const ContextPtr& context) {
    CLI::App& completion = *app.add_subcommand(
        "completion", "Prints a completion script for a shell, to be put where it looks for them");
    completion.footer(
        "Example:\n  muster completion bash > ~/.local/share/bash-completion/completions/muster");
    const auto shell = std::make_shared<Shell>(Shell::bash);
    const std::map<std::string, Shell> shells{
        {"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
    completion.add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->transform(CLI::CheckedTransformer(shells));
    on_run(completion, context, [&app, shell](const Context& running) {
        running.terminal.out << completion_script(app, *shell);
        return exit_done;
    });
}

}  // namespace muster::cli
