// A warning says what will not work and what to do about it: the server wrote both.
// SPDX-License-Identifier: Apache-2.0
#include "cli/connection_output.hpp"

#include <ostream>

#include <boost/json.hpp>

#include "cli/json_fields.hpp"

namespace muster::cli {

void show_probe(const Context& context, const boost::json::object& probe) {
    if (probe.empty()) return;
    const bool is_painted = is_colored(context);
    std::ostream& out = context.terminal.out;
    out << paint("It works", Color::good, is_painted);
    if (const std::string text = text_of(probe, "description"); !text.empty())
        out << ": " << printable(text);
    out << '\n';
    for (const boost::json::value& warning : array_of(probe, "warnings"))
        if (warning.is_string())
            out << paint("warning", Color::fair, is_painted) << ": "
                << printable(std::string_view(warning.get_string())) << '\n';
}

}  // namespace muster::cli
