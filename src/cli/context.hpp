// What every client command works with, and the options that every one of them takes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/json/object.hpp>

#include "cli/failure.hpp"
#include "cli/terminal.hpp"

namespace muster::cli {

/// What one run of the program was asked to do: the parser's callbacks only fill it in.
struct Selection {
    std::function<int()> run;  ///< returns the exit code
};

struct CommonOptions {
    std::string url;
    std::string ca_file;
    bool is_json = false;
    bool is_plain = false;  ///< --no-color
};

struct Context {
    const Terminal& terminal;
    Selection& selection;
    CommonOptions common;
};
using ContextPtr = std::shared_ptr<Context>;

bool is_colored(const Context& context);

/// The server's address from --url or MUSTER_URL, without a slash at the end; empty: neither.
/// Fails: not an http or https URL (usage).
Outcome<std::string> named_url(const Context& context);

/// --ca-file or MUSTER_CA_FILE; may be empty.
std::string ca_file(const Context& context);

/// "error: ..." on stderr. Returns the exit code.
int report(const Context& context, const Failure& failure);

void print_json(const Context& context, const boost::json::object& object);

}  // namespace muster::cli
