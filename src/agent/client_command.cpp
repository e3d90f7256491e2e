// The environment is chosen by name: neither Muster's secrets get through, nor variables that
// would overrule the words of the command (NetBird reads NB_SETUP_KEY and its like after them).
// SPDX-License-Identifier: Apache-2.0
#include "agent/client_command.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "agent/client_words.hpp"

namespace muster::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ask_patience{15'000};
constexpr milliseconds service_look{500};
constexpr const char* usual_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::array passed_on{
    "PATH",          "HOME",        "USER",   "LOGNAME",         "LANG",
    "LC_ALL",        "TZ",          "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
    "SSL_CERT_FILE", "SSL_CERT_DIR"};

}  // namespace

ClientCommand::ClientCommand(std::string program, std::vector<std::string> first_words,
                             const ClientNames& names, const ClientPrograms& programs)
    : m_program(std::move(program)),
      m_first_words(std::move(first_words)),
      m_names(names),
      m_search_path(programs.environment("PATH").value_or(usual_path)),
      m_look_interval(programs.look_interval),
      m_service_patience(programs.service_patience) {
    for (const char* name : passed_on)
        if (const auto value = programs.environment(name))
            m_environment.push_back(name + ("=" + *value));
}

std::expected<ProgramEnd, JoinFailure> ClientCommand::call(
    std::vector<std::string> words, milliseconds patience, const Pace& pace,
    const std::function<bool()>& meanwhile) const {
    const auto program = find_program(m_program, m_search_path);
    if (!program) {
        const bool is_named = m_program.find('/') != std::string::npos;
        return std::unexpected(failure(JoinFault::client_missing, is_named ? m_program : ""));
    }
    words.insert(words.begin(), m_first_words.begin(), m_first_words.end());
    ProgramEnd end =
        run_program({*program, std::move(words), m_environment}, patience, pace, meanwhile);
    if (end.kind == ProgramEnd::Kind::not_started)
        return std::unexpected(
            failure(JoinFault::client_missing, program->string() + ": " + std::strerror(end.code)));
    return end;
}

std::expected<std::string, JoinFailure> ClientCommand::ask(std::vector<std::string> words,
                                                           const Pace& pace) const {
    auto end = call(std::move(words), ask_patience, pace, {});
    if (!end) return std::unexpected(std::move(end.error()));
    if (end->kind == ProgramEnd::Kind::interrupted)
        return std::unexpected(failure(JoinFault::interrupted, ""));
    if (end->kind != ProgramEnd::Kind::exited)
        return std::unexpected(failure(JoinFault::timed_out, ""));
    if (end->code == 0) return std::move(end->out);
    const std::string said = without_keys(end->err.empty() ? end->out : end->err, {});
    return std::unexpected(failure(fault_in(said), in_short(said)));
}

std::expected<std::string, JoinFailure> ClientCommand::ask_patiently(
    const std::vector<std::string>& words, const Pace& pace) const {
    const auto end = pace.now() + m_service_patience;
    for (;;) {
        auto answer = ask(words, pace);
        const bool is_down = !answer && answer.error().fault == JoinFault::service_down;
        if (!is_down || pace.now() >= end) return answer;
        pace.tell("waiting for " + std::string(m_names.service));
        if (!pace.pause(service_look)) return answer;
    }
}

std::expected<ProgramEnd, JoinFailure> ClientCommand::run(
    std::vector<std::string> words, const Pace& pace,
    const std::function<bool()>& meanwhile) const {
    return call(std::move(words), pace.left(), pace, meanwhile);
}

std::function<bool()> ClientCommand::at_intervals(const Pace& pace,
                                                  std::function<bool()> look) const {
    const auto every = m_look_interval;
    return [&pace, every, look = std::move(look), next = pace.now() + every]() mutable {
        if (pace.now() < next) return true;
        const bool goes_on = look();
        next = pace.now() + every;
        return goes_on;
    };
}

JoinFailure ClientCommand::failure(JoinFault fault, std::string_view said) const {
    return explain(fault, m_names, said);
}

}  // namespace muster::agent
