// Clients have no error codes: their texts are searched, the most telling words first.
// SPDX-License-Identifier: Apache-2.0
#include "agent/client_words.hpp"

#include <algorithm>
#include <vector>

#include "base/encoding.hpp"

namespace muster::agent {
namespace {

struct Words {
    std::string_view part;  ///< lower case
    JoinFault fault;
};

// Read in the sources of Tailscale 1.102, Headscale 0.29 and NetBird 0.77. Order matters: a client
// wraps one reason into another, and the inner one tells more.
constexpr Words known_words[] = {
    {"flag provided but not defined", JoinFault::client_too_old},
    {"unknown flag", JoinFault::client_too_old},
    {"unsupported client version", JoinFault::client_too_old},
    {"requires mentioning all", JoinFault::own_settings},
    {"can't change --login-server", JoinFault::other_network},
    {"invalid key", JoinFault::key_refused},
    {"authkey", JoinFault::key_refused},
    {"auth key", JoinFault::key_refused},
    {"setup key", JoinFault::key_refused},
    {"setup-key", JoinFault::key_refused},
    {"access denied", JoinFault::not_allowed},
    {"permission denied", JoinFault::not_allowed},
    {"failed to connect to local tailscaled", JoinFault::service_down},
    {"failed to connect to daemon", JoinFault::service_down},
    {"not yet valid", JoinFault::clock_off},
    {"certificate has expired", JoinFault::clock_off},
    {"pending approval", JoinFault::not_approved},
    {"to approve your machine", JoinFault::not_approved},
    {"no such host", JoinFault::unreachable},
    {"failed to resolve", JoinFault::unreachable},
    {"connection refused", JoinFault::unreachable},
    {"connection reset", JoinFault::unreachable},
    {"network is unreachable", JoinFault::unreachable},
    {"no route to host", JoinFault::unreachable},
    {"i/o timeout", JoinFault::unreachable},
    {"deadline exceeded", JoinFault::unreachable},
    {"all connection attempts failed", JoinFault::unreachable},
    {"unknown authority", JoinFault::unreachable},
    {"code = unavailable", JoinFault::unreachable},
    {"timeout waiting for", JoinFault::timed_out},
};

constexpr std::string_view key_beginnings[] = {"tskey-", "hskey-"};
constexpr std::string_view scrubbed = "[key]";
constexpr std::size_t short_bytes_max = 300;
constexpr std::size_t short_lines_max = 3;

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return to_lower(c); });
    return lower;
}

bool is_in_key(char c) {
    const char lower = to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Bytes of the key that `rest`, in lower case, begins with; 0: none does.
std::size_t key_length(std::string_view rest, std::string_view key) {
    if (!key.empty() && rest.starts_with(key)) return key.size();
    const bool begins_one = std::ranges::any_of(
        key_beginnings, [rest](std::string_view beginning) { return rest.starts_with(beginning); });
    if (!begins_one) return 0;
    return static_cast<std::size_t>(std::ranges::find_if_not(rest, is_in_key) - rest.begin());
}

std::string_view trim(std::string_view line) {
    constexpr std::string_view white_space = " \t\r";
    const auto first = line.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(white_space) - first + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!trim(line).empty()) lines.push_back(trim(line));
    }
    return lines;
}

}  // namespace

JoinFault fault_in(std::string_view said) {
    const std::string lower = to_lower(said);
    for (const Words& words : known_words)
        if (lower.find(words.part) != std::string::npos) return words.fault;
    return JoinFault::failed;
}

std::string without_keys(std::string_view said, const base::Secret<std::string>& key) {
    const std::string lower = to_lower(said);
    const std::string lower_key = to_lower(key.reveal());
    std::string safe;
    for (std::size_t at = 0; at < said.size();) {
        const std::size_t length = key_length(std::string_view(lower).substr(at), lower_key);
        if (length == 0) {
            safe += said[at++];
            continue;
        }
        safe += scrubbed;
        at += length;
    }
    return safe;
}

std::string in_short(std::string_view said) {
    const auto lines = lines_of(said);
    std::string joined;
    const std::size_t first = lines.size() - std::min(lines.size(), short_lines_max);
    for (std::size_t at = first; at < lines.size(); ++at)
        joined.append(joined.empty() ? "" : " ").append(lines[at]);
    std::string text;
    std::string_view rest = joined;
    while (!rest.empty() && text.size() < short_bytes_max) {
        const std::size_t length = base::utf8_front(rest);
        const std::string_view character = rest.substr(0, std::max<std::size_t>(length, 1));
        rest.remove_prefix(character.size());
        if (length > 0 && !base::has_control_characters(character)) text += character;
    }
    return text;
}

}  // namespace muster::agent
