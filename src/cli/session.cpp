// The session file and its renewal.
// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include <boost/json.hpp>

#include "agent/private_file.hpp"
#include "cli/http_call.hpp"
#include "cli/json_fields.hpp"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::int64_t renewed_seconds_before_end = 60;

std::int64_t now_seconds(const Context& context) {
    return core::to_unix_seconds(context.terminal.clock.now());
}

bool is_ending(const Context& context, const Session& session) {
    return session.expires_at - now_seconds(context) < renewed_seconds_before_end;
}

Failure not_signed_in(const std::string& url) {
    return {exit_refused,
            "not signed in",
            {},
            "muster login --url " + url + " --email YOU, or set MUSTER_URL and MUSTER_KEY"};
}

Outcome<Session> renew(const Context& context, const fs::path& file, const Session& session) {
    const HttpCall call{"POST",
                        session.url,
                        "/auth/v1/token?grant_type=refresh_token",
                        {},
                        json::object{{"refresh_token", session.refresh_token.reveal()}},
                        {}};
    const auto answer = exchange(context, call);
    if (!answer) {
        Failure failure = answer.error();
        if (failure.exit_code == exit_refused) {
            failure.message = "the session has ended: " + failure.message;
            failure.hint =
                "sign in: muster login --url " + session.url + " --email " + session.email;
        }
        return std::unexpected(std::move(failure));
    }
    auto renewed =
        parse_token_answer(*answer, session.url, session.email, context.terminal.clock.now());
    if (renewed) save_session(file, *renewed);
    return renewed;
}

}  // namespace

Outcome<fs::path> session_file(const Terminal& terminal) {
    // The XDG base directory specification: relative paths there are to be ignored.
    if (const auto folder = variable(terminal, "XDG_CONFIG_HOME");
        folder && fs::path(*folder).is_absolute())
        return fs::path(*folder) / "muster" / "session.json";
    if (const auto home = variable(terminal, "HOME"))
        return fs::path(*home) / ".config" / "muster" / "session.json";
    return refuse("no folder for the session file: set HOME");
}

std::optional<Session> load_session(const fs::path& file) {
    const auto text = agent::read_private_file(file);
    if (!text) return std::nullopt;
    boost::system::error_code failure;
    const json::value value = json::parse(*text, failure);
    if (failure || !value.is_object()) return std::nullopt;
    const json::object& object = value.get_object();
    Session session{text_of(object, "url"), text_of(object, "email"),
                    base::Secret(text_of(object, "access_token")),
                    base::Secret(text_of(object, "refresh_token")),
                    integer_of(object, "expires_at")};
    if (session.url.empty() || session.access_token.reveal().empty()) return std::nullopt;
    return session;
}

void save_session(const fs::path& file, const Session& session) {
    const json::object object{
        {"url", session.url},
        {"access_token", session.access_token.reveal()},
        {"refresh_token", session.refresh_token.reveal()},
        {"expires_at", session.expires_at},
        {"email", session.email},
    };
    agent::write_private_file(file, json::serialize(object) + "\n");
}

Outcome<Session> parse_token_answer(const json::object& answer, std::string url, std::string email,
                                    core::Timestamp now) {
    Session session{std::move(url), std::move(email), base::Secret(text_of(answer, "access_token")),
                    base::Secret(text_of(answer, "refresh_token")),
                    integer_of(answer, "expires_at")};
    if (session.access_token.reveal().empty() || session.refresh_token.reveal().empty())
        return refuse("the server's answer holds no session");
    if (session.expires_at == 0)
        session.expires_at = core::to_unix_seconds(now) + integer_of(answer, "expires_in");
    return session;
}

Outcome<Session> current_session(const Context& context) {
    const auto url = named_url(context);
    if (!url) return std::unexpected(url.error());
    const auto file = session_file(context.terminal);
    if (!file) return std::unexpected(file.error());
    auto session = load_session(*file);
    if (!session) return std::unexpected(not_signed_in(url->empty() ? "URL" : *url));
    // A session goes only to the server that gave it.
    if (!url->empty() && *url != session->url)
        return refuse("you are signed in to " + session->url + ", not to " + *url,
                      "muster login --url " + *url + " --email " + session->email);
    if (!is_ending(context, *session)) return std::move(*session);

    // A refresh token is good once: the second of two commands takes what the first was given.
    fs::path lock_file = *file;
    lock_file += ".lock";
    const agent::PrivateLock lock(lock_file);
    session = load_session(*file);
    if (!session) return std::unexpected(not_signed_in("URL"));
    if (!is_ending(context, *session)) return std::move(*session);
    return renew(context, *file, *session);
}

}  // namespace muster::cli
