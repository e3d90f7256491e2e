// How a command ends: contract section 8's exit codes, and what a failed one tells the person.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

namespace muster::cli {

constexpr int exit_done = 0;
constexpr int exit_refused = 1;
constexpr int exit_usage = 2;
constexpr int exit_unreachable = 3;

struct Failure {
    int exit_code = exit_refused;
    std::string message;    ///< one sentence
    std::string code = {};  ///< the server's word; empty where there is none
    std::string hint = {};  ///< what to do about it; may be empty
};

template <class T>
struct [[nodiscard]] Outcome : std::expected<T, Failure> {
    using std::expected<T, Failure>::expected;
};

inline std::unexpected<Failure> refuse(std::string message, std::string hint = {}) {
    return std::unexpected(Failure{exit_refused, std::move(message), {}, std::move(hint)});
}

inline std::unexpected<Failure> refuse_usage(std::string message) {
    return std::unexpected(Failure{exit_usage, std::move(message), {}, {}});
}

}  // namespace muster::cli
