// The state file: one JSON object, replaced as a whole.
// SPDX-License-Identifier: Apache-2.0
#include "agent/state.hpp"

#include <stdexcept>

#include <boost/json.hpp>

#include "agent/private_file.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Empty: not a state file of ours.
std::optional<AgentState> parse_state(const std::string& text) {
    boost::system::error_code failure;
    const json::value value = json::parse(text, failure);
    if (failure || !value.is_object()) return std::nullopt;
    AgentState state;
    std::string enrolled_at;
    const std::pair<const char*, std::string*> members[] = {
        {"url", &state.url},           {"device_id", &state.device_id},
        {"network", &state.network},   {"fingerprint", &state.fingerprint},
        {"enrolled_at", &enrolled_at},
    };
    for (const auto& [name, target] : members) {
        const json::value* member = value.get_object().if_contains(name);
        if (member == nullptr || !member->is_string()) return std::nullopt;
        *target = member->get_string();
    }
    const auto at = core::parse_timestamp(enrolled_at);
    if (!at) return std::nullopt;
    state.enrolled_at = *at;
    return state;
}

}  // namespace

fs::path default_state_folder(const Environment& environment, bool is_root) {
    const auto set = [&environment](const char* name) -> std::optional<std::string> {
        auto value = environment(name);
        if (value && value->empty()) value.reset();
        return value;
    };
    if (const auto folder = set("MUSTER_STATE_DIR")) return *folder;
    if (is_root) return "/var/lib/muster";
    // The XDG base directory specification: relative paths there are to be ignored.
    if (const auto folder = set("XDG_STATE_HOME"); folder && fs::path(*folder).is_absolute())
        return fs::path(*folder) / "muster";
    if (const auto home = set("HOME")) return fs::path(*home) / ".local" / "state" / "muster";
    throw std::runtime_error("no folder for the state file: set HOME or give --state-dir");
}

fs::path state_file(const fs::path& folder) {
    return folder / "state.json";
}

void save_state(const fs::path& folder, const AgentState& state) {
    const json::object object{
        {"url", state.url},
        {"device_id", state.device_id},
        {"network", state.network},
        {"enrolled_at", core::to_text(state.enrolled_at)},
        {"fingerprint", state.fingerprint},
    };
    write_private_file(state_file(folder), json::serialize(object) + "\n");
}

std::optional<AgentState> load_state(const fs::path& folder) {
    const auto text = read_private_file(state_file(folder));
    if (!text) return std::nullopt;
    auto state = parse_state(*text);
    if (!state)
        throw std::runtime_error("the state file " + state_file(folder).string() +
                                 " is damaged: remove it and enrol again");
    return state;
}

}  // namespace muster::agent
