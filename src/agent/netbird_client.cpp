// `netbird up` returns when its service is connected, and gives up by itself after two minutes.
// SPDX-License-Identifier: Apache-2.0
#include "agent/netbird_client.hpp"

#include <optional>

#include <boost/json.hpp>

#include "agent/client_words.hpp"
#include "agent/delayed_signals.hpp"
#include "agent/json_fields.hpp"
#include "agent/key_file.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;

constexpr const char* public_management_url = "https://api.netbird.io:443";

/// Everything begins with a moment without an answer.
constexpr int looks_before_telling = 2;

std::string state_in_words(std::string_view text) {
    constexpr std::string_view before = "Daemon status: ";
    const auto at = text.find(before);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + before.size());
    return std::string(text.substr(0, text.find_first_of("\r\n ")));
}

std::vector<std::string> first_words(const ClientPrograms& programs) {
    if (programs.netbird_daemon_addr.empty()) return {};
    return {"--daemon-addr=" + programs.netbird_daemon_addr};
}

/// NetBird tries a key that was refused for two minutes before it says so; until then its status
/// has no word for that.
constexpr const char* logging_in =
    "its service is still logging in: the network's control server cannot be reached from here, or "
    "it refuses the key";

std::string trouble_in(const NetbirdStatus& status, const base::Secret<std::string>& key) {
    if (!status.management_error.empty())
        return "the network's control server: " +
               in_short(without_keys(status.management_error, key));
    return status.state == "Connecting" && !status.is_managed ? logging_in : "";
}

bool is_member(const NetbirdStatus& status) {
    return status.state == "Connected" || status.state == "Connecting";
}

}  // namespace

NetbirdStatus parse_netbird_status(std::string_view text) {
    NetbirdStatus status;
    boost::system::error_code bad_json;
    const json::value value = json::parse(text, bad_json);
    if (bad_json || !value.is_object()) {
        status.state = state_in_words(text);
        return status;
    }
    status.state = text_of(value.get_object(), "daemonStatus");
    const json::object* management = object_of(value.get_object(), "management");
    if (management == nullptr) return status;
    status.management_url = text_of(*management, "url");
    status.management_error = text_of(*management, "error");
    status.is_managed = flag_of(*management, "connected");
    // Older versions have no word for the whole.
    if (status.state.empty() && status.is_managed) status.state = "Connected";
    return status;
}

NetbirdClient::NetbirdClient(const ClientPrograms& programs)
    : m_command(programs.netbird, first_words(programs), netbird_names, programs) {}

std::expected<NetbirdStatus, JoinFailure> NetbirdClient::status(const Pace& pace,
                                                                bool is_patient) const {
    const std::vector<std::string> words{"status", "--json"};
    const auto text =
        is_patient ? m_command.ask_patiently(words, pace) : m_command.ask(words, pace);
    if (!text) return std::unexpected(text.error());
    return parse_netbird_status(*text);
}

std::expected<Standing, JoinFailure> NetbirdClient::look(const Pace& pace) {
    const auto seen = status(pace, true);
    if (!seen) return std::unexpected(seen.error());
    return Standing{is_member(*seen), seen->management_url};
}

std::expected<void, JoinFailure> NetbirdClient::join(const JoinPlan& plan, const Pace& pace) {
    const auto seen = status(pace, true);
    if (!seen) return std::unexpected(seen.error());
    if (seen->state == "Connected") return {};
    return bring_up(plan, pace);
}

std::expected<void, JoinFailure> NetbirdClient::bring_up(const JoinPlan& plan,
                                                         const Pace& pace) const {
    // Before the file: whatever comes, it is removed first.
    const DelayedSignals signals;
    std::optional<KeyFile> file;
    const std::string url = plan.network_url.empty() ? public_management_url : plan.network_url;
    std::vector<std::string> words{"up", "--hostname", plan.hostname, "--management-url", url};
    if (!plan.key.reveal().empty()) {
        file.emplace(plan.private_folder, plan.key);
        words.insert(words.end(), {"--setup-key-file", file->path().string()});
    }
    std::string trouble;
    int troubled_looks = 0;
    const auto end = m_command.run(std::move(words), pace, m_command.at_intervals(pace, [&] {
        const auto seen = status(pace, false);
        trouble = seen ? trouble_in(*seen, plan.key) : "";
        troubled_looks = trouble.empty() ? 0 : troubled_looks + 1;
        if (troubled_looks >= looks_before_telling) pace.tell(trouble);
        return true;
    }));
    if (!end) return std::unexpected(end.error());
    if (end->kind == ProgramEnd::Kind::interrupted)
        return std::unexpected(m_command.failure(JoinFault::interrupted, ""));
    if (end->kind == ProgramEnd::Kind::timed_out)
        return std::unexpected(m_command.failure(JoinFault::timed_out, trouble));
    if (end->code == 0) return {};
    const std::string said = without_keys(end->out + "\n" + end->err, plan.key);
    return std::unexpected(m_command.failure(fault_in(said), in_short(said)));
}

}  // namespace muster::agent
