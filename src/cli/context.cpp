// The common options' meaning, and how failures look.
// SPDX-License-Identifier: Apache-2.0
#include "cli/context.hpp"

#include <ostream>

#include <boost/json.hpp>

namespace muster::cli {

bool is_colored(const Context& context) {
    const Terminal& terminal = context.terminal;
    return terminal.out_is_terminal && !context.common.is_plain &&
           !variable(terminal, "NO_COLOR") && variable(terminal, "TERM") != "dumb";
}

Outcome<std::string> named_url(const Context& context) {
    std::string url = context.common.url;
    if (url.empty()) url = variable(context.terminal, "MUSTER_URL").value_or("");
    while (url.ends_with('/')) url.pop_back();
    if (url.empty() || url.starts_with("http://") || url.starts_with("https://")) return url;
    return refuse_usage("--url: an address like https://muster.example is needed, not " + url);
}

std::string ca_file(const Context& context) {
    if (!context.common.ca_file.empty()) return context.common.ca_file;
    return variable(context.terminal, "MUSTER_CA_FILE").value_or("");
}

int report(const Context& context, const Failure& failure) {
    std::ostream& err = context.terminal.err;
    err << "error: " << printable(failure.message);
    if (!failure.code.empty()) err << " (" << printable(failure.code) << ')';
    err << '\n';
    if (!failure.hint.empty()) err << "hint: " << printable(failure.hint) << '\n';
    return failure.exit_code;
}

void print_json(const Context& context, const boost::json::object& object) {
    context.terminal.out << boost::json::serialize(object) << '\n';
}

}  // namespace muster::cli
