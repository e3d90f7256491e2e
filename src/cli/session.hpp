// The signed-in session between two commands: a private file that one command at a time renews.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "base/secret.hpp"
#include "cli/context.hpp"
#include "core/timestamp.hpp"

namespace muster::cli {

struct Session {
    std::string url;
    std::string email;
    base::Secret<std::string> access_token;
    base::Secret<std::string> refresh_token;
    std::int64_t expires_at = 0;  ///< seconds since 1970
};

/// session.json below XDG_CONFIG_HOME or ~/.config, in muster/. Fails: no home directory.
Outcome<std::filesystem::path> session_file(const Terminal& terminal);

/// Empty: not signed in, also when the file is damaged. Throws std::runtime_error: unreadable.
std::optional<Session> load_session(const std::filesystem::path& file);
void save_session(const std::filesystem::path& file, const Session& session);

/// What /auth/v1/token answered. Fails: it holds no tokens.
Outcome<Session> parse_token_answer(const boost::json::object& answer, std::string url,
                                    std::string email, core::Timestamp now);

/// The session, renewed if it ends within a minute. Fails: not signed in; the server refuses.
Outcome<Session> current_session(const Context& context);

}  // namespace muster::cli
