// `tailscale up` waits until the device is on, says little, and for some refusals goes on trying
// for ever: so its status is looked at beside it.
// SPDX-License-Identifier: Apache-2.0
#include "agent/tailscale_client.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "agent/client_words.hpp"
#include "agent/delayed_signals.hpp"
#include "agent/json_fields.hpp"
#include "agent/key_file.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr const char* approval_needed = "approval in the network's console is needed";
/// An error of an earlier attempt can still be on show for a moment.
constexpr int definite_looks = 3;

/// The line of "Health" that says why a login failed.
std::string login_error_of(const json::object& status) {
    const json::value* health = status.if_contains("Health");
    if (health == nullptr || !health->is_array()) return {};
    for (const json::value& line : health->get_array()) {
        if (!line.is_string()) continue;
        const std::string_view text = line.get_string();
        constexpr std::string_view before = "last login error";
        const auto at = text.find(before);
        if (at == std::string_view::npos) continue;
        const auto reason = text.find_first_of(":=", at);
        return std::string(reason == std::string_view::npos ? text : text.substr(reason + 1));
    }
    return {};
}

bool is_member(const TailscaleStatus& status) {
    if (status.state == "Running" || status.state == "NeedsMachineAuth") return true;
    return status.has_node_key && (status.state == "Stopped" || status.state == "Starting");
}

std::vector<std::string> first_words(const ClientPrograms& programs) {
    if (programs.tailscale_socket.empty()) return {};
    return {"--socket=" + programs.tailscale_socket};
}

}  // namespace

std::optional<TailscaleStatus> parse_tailscale_status(std::string_view text) {
    boost::system::error_code bad_json;
    const json::value value = json::parse(text, bad_json);
    if (bad_json || !value.is_object()) return std::nullopt;
    const json::object& object = value.get_object();
    TailscaleStatus status;
    status.state = text_of(object, "BackendState");
    if (status.state.empty()) return std::nullopt;
    status.has_node_key = flag_of(object, "HaveNodeKey");
    const json::object* self = object_of(object, "Self");
    status.is_offline = self != nullptr && self->contains("Online") && !flag_of(*self, "Online");
    if (const json::object* tailnet = object_of(object, "CurrentTailnet"))
        status.tailnet = text_of(*tailnet, "Name");
    status.login_error = login_error_of(object);
    return status;
}

/// What is seen while `tailscale up` runs.
class TailscaleClient::Watch {
public:
    Watch(const TailscaleClient& client, const JoinPlan& plan, const Pace& pace)
        : m_client(client), m_plan(plan), m_pace(pace) {}

    /// False: waiting longer cannot help.
    bool look() {
        const auto status = m_client.status(m_pace, false);
        if (!status) return true;
        m_needs_approval = status->state == "NeedsMachineAuth";
        if (m_needs_approval) m_pace.tell(approval_needed);
        m_said = without_keys(status->login_error, m_plan.key);
        const JoinFault fault = fault_in(m_said);
        if (fault == JoinFault::unreachable)
            m_pace.tell("the network's control server does not answer");
        const bool is_definite = fault == JoinFault::key_refused ||
                                 fault == JoinFault::client_too_old ||
                                 fault == JoinFault::clock_off;
        m_definite_count = is_definite ? m_definite_count + 1 : 0;
        return m_definite_count < definite_looks;
    }
    JoinFailure failure(const ProgramEnd& end) const {
        using Kind = ProgramEnd::Kind;
        const ClientCommand& command = m_client.m_command;
        if (end.kind == Kind::interrupted) return command.failure(JoinFault::interrupted, "");
        const std::string said = without_keys(end.out + "\n" + end.err, m_plan.key);
        if (end.kind == Kind::stopped) return command.failure(fault_in(m_said), in_short(m_said));
        const JoinFault fault = fault_in(said);
        if (m_needs_approval || fault == JoinFault::not_approved)
            return command.failure(JoinFault::not_approved, "");
        if (end.kind == Kind::exited && fault != JoinFault::timed_out)
            return command.failure(fault, in_short(said));
        // The time is up; why it took so long is what the last look saw.
        const JoinFault seen = fault_in(m_said);
        return command.failure(seen == JoinFault::failed ? JoinFault::timed_out : seen,
                               in_short(m_said));
    }

private:
    const TailscaleClient& m_client;
    const JoinPlan& m_plan;
    const Pace& m_pace;
    bool m_needs_approval = false;
    int m_definite_count = 0;
    std::string m_said;
};

TailscaleClient::TailscaleClient(const ClientNames& names, const ClientPrograms& programs)
    : m_command(programs.tailscale, first_words(programs), names, programs) {}

std::expected<TailscaleStatus, JoinFailure> TailscaleClient::status(const Pace& pace,
                                                                    bool is_patient) const {
    const std::vector<std::string> words{"status", "--json", "--peers=false"};
    const auto text =
        is_patient ? m_command.ask_patiently(words, pace) : m_command.ask(words, pace);
    if (!text) return std::unexpected(text.error());
    auto status = parse_tailscale_status(*text);
    if (!status)
        return std::unexpected(
            m_command.failure(JoinFault::failed, "its status is not what was expected"));
    return std::move(*status);
}

std::expected<Standing, JoinFailure> TailscaleClient::look(const Pace& pace) {
    const auto seen = status(pace, true);
    if (!seen) return std::unexpected(seen.error());
    return Standing{is_member(*seen), seen->tailnet};
}

std::expected<void, JoinFailure> TailscaleClient::join(const JoinPlan& plan, const Pace& pace) {
    const auto seen = status(pace, true);
    if (!seen) return std::unexpected(seen.error());
    // One whose node was removed while it had lost its server runs on, and never hears of it: only
    // a new key lets it in again.
    const bool is_cut_off = seen->is_offline && !plan.key.reveal().empty();
    if (seen->state == "Running" && !is_cut_off) return {};
    if (seen->state == "NeedsMachineAuth") return await_approval(pace);
    return bring_up(plan, pace);
}

std::expected<void, JoinFailure> TailscaleClient::bring_up(const JoinPlan& plan,
                                                           const Pace& pace) const {
    // Before the file: whatever comes, it is removed first.
    const DelayedSignals signals;
    std::optional<KeyFile> file;
    // Zero would be for ever.
    const seconds left = std::max(std::chrono::ceil<seconds>(pace.left()), seconds(1));
    std::vector<std::string> words{"up", "--hostname=" + plan.hostname,
                                   "--timeout=" + std::to_string(left.count()) + "s"};
    if (!plan.network_url.empty()) words.push_back("--login-server=" + plan.network_url);
    if (!plan.key.reveal().empty()) {
        file.emplace(plan.private_folder, plan.key);
        words.push_back("--auth-key=file:" + file->path().string());
    }
    Watch watch(*this, plan, pace);
    const auto end = m_command.run(std::move(words), pace,
                                   m_command.at_intervals(pace, [&watch] { return watch.look(); }));
    if (!end) return std::unexpected(end.error());
    if (end->kind == ProgramEnd::Kind::exited && end->code == 0) return {};
    return std::unexpected(watch.failure(*end));
}

/// For a device that an earlier run brought this far.
std::expected<void, JoinFailure> TailscaleClient::await_approval(const Pace& pace) const {
    for (;;) {
        pace.tell(approval_needed);
        if (!pace.pause(m_command.look_interval()))
            return std::unexpected(m_command.failure(JoinFault::not_approved, ""));
        const auto seen = status(pace, false);
        if (seen && seen->state == "Running") return {};
        if (!seen && seen.error().fault == JoinFault::interrupted)
            return std::unexpected(seen.error());
    }
}

}  // namespace muster::agent
