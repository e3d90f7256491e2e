// The state files: one JSON object each, replaced as a whole.
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
    // Files of older versions lack these.
    const std::pair<const char*, std::string*> later_members[] = {
        {"hostname", &state.hostname},
        {"network_url", &state.network_url},
    };
    for (const auto& [name, target] : later_members) {
        const json::value* member = value.get_object().if_contains(name);
        if (member != nullptr && member->is_string()) *target = member->get_string();
    }
    return state;
}

fs::path joining_file(const fs::path& folder) {
    return folder / "joining.json";
}

void save(const fs::path& file, const AgentState& state) {
    json::object object{
        {"url", state.url},
        {"device_id", state.device_id},
        {"network", state.network},
        {"enrolled_at", core::to_text(state.enrolled_at)},
        {"fingerprint", state.fingerprint},
    };
    if (!state.hostname.empty()) object["hostname"] = state.hostname;
    if (!state.network_url.empty()) object["network_url"] = state.network_url;
    write_private_file(file, json::serialize(object) + "\n");
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
    save(state_file(folder), state);
    std::error_code ignored;
    fs::remove(joining_file(folder), ignored);
}

void save_joining(const fs::path& folder, const AgentState& state) {
    save(joining_file(folder), state);
}

bool has_begun(const fs::path& folder, const AgentState& state) {
    for (const fs::path& file : {state_file(folder), joining_file(folder)}) {
        const auto text = read_private_file(file);
        const auto known = text ? parse_state(*text) : std::nullopt;
        if (known && known->url == state.url && known->device_id == state.device_id &&
            known->network == state.network && known->network_url == state.network_url)
            return true;
    }
    return false;
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
