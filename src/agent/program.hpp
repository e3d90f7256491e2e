// Other programs, run without a shell: found on PATH, started with a list of words, listened to
// within limits, and gone when the call returns.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/pace.hpp"

namespace muster::agent {

/// Of each stream, the first so many bytes are kept; the rest is read and dropped.
constexpr std::size_t program_output_bytes_max = 4 * 1024 * 1024;

/// `name`: a path if it holds a slash, else looked for in the absolute folders of `search_path`
/// ("/usr/bin:/bin"). Empty: there is none that may be run.
std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  std::string_view search_path);

struct ProgramCall {
    std::filesystem::path program;
    std::vector<std::string> words;        ///< after the program's name; everybody can read them
    std::vector<std::string> environment;  ///< NAME=value; it gets these and no others
};

struct ProgramEnd {
    enum class Kind {
        exited,
        not_started,  ///< code is errno
        timed_out,    ///< it was ended, as in the two below
        stopped,      ///< `meanwhile` wanted no more of it
        interrupted,  ///< Ctrl-C, SIGTERM or SIGHUP to this program, which is delayed until here
    };
    Kind kind;
    int code = 0;  ///< what it exited with; 128 and the signal's number if a signal ended it
    std::string out;
    std::string err;
};

/// Runs it for at most `patience` and at most until the pace's deadline. Its standard input is
/// empty. Calls `meanwhile`, if there is one, again and again while it runs; false from it ends
/// the program. What is ended gets SIGTERM, two seconds, then SIGKILL, it and its children.
/// Throws std::runtime_error: no pipe could be made.
ProgramEnd run_program(const ProgramCall& call, std::chrono::milliseconds patience,
                       const Pace& pace, const std::function<bool()>& meanwhile = {});

}  // namespace muster::agent
