// Keys and nodes of the simulated network, and their lines in the journal.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/membership_book.hpp"

#include <array>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "networks/match.hpp"

namespace muster::networks {
namespace json = boost::json;
namespace {

constexpr std::string_view key_prefix = "simkey-";
constexpr std::string_view node_prefix = "sim-";
constexpr std::size_t label_length_max = 63;

/// The UUID in an id; empty, which no member has, for an id of another kind.
std::string_view uuid_of(std::string_view id, std::string_view prefix) {
    return id.starts_with(prefix) ? id.substr(prefix.size()) : std::string_view();
}

std::int64_t to_microseconds(core::Timestamp at) {
    return at.time_since_epoch().count();
}

core::Timestamp from_microseconds(std::int64_t count) {
    return core::Timestamp(std::chrono::microseconds(count));
}

std::string json_text(std::string_view text) {
    return json::serialize(json::string_view(text.data(), text.size()));
}

std::string member_line(std::string_view uuid, const Member& member) {
    std::string tags;
    for (const std::string& tag : member.tags) {
        if (!tags.empty()) tags += ',';
        tags += json_text(tag);
    }
    return fmt::format(
        R"({{"member":"{}","hostname":"{}","ip":"{}","joins_at_us":{},"tags":[{}]}})", uuid,
        member.hostname, to_text(member.address), to_microseconds(member.joins_at), tags);
}

std::string offline_line(std::string_view uuid, core::Timestamp since) {
    return fmt::format(R"({{"offline":"{}","since_us":{}}})", uuid, to_microseconds(since));
}

std::string online_line(std::string_view uuid) {
    return fmt::format(R"({{"online":"{}"}})", uuid);
}
std::string gone_line(std::string_view uuid) {
    return fmt::format(R"({{"gone":"{}"}})", uuid);
}

Member parse_member(const json::object& line) {
    Member member;
    const auto address = parse_ipv4(line.at("ip").as_string());
    if (!address) throw std::invalid_argument("not an address");
    member.address = *address;
    member.hostname = line.at("hostname").as_string();
    member.joins_at = from_microseconds(line.at("joins_at_us").as_int64());
    for (const json::value& tag : line.at("tags").as_array()) {
        member.tags.emplace_back(tag.as_string());
    }
    return member;
}

base::Secret<std::string> make_secret(base::Random& random) {
    std::array<std::byte, 24> bytes{};
    random.fill(bytes);
    return base::Secret("simulated-" + base::to_base64url(bytes));
}

}  // namespace

std::string to_host_label(std::string_view name) {
    std::string label;
    for (const char c : name) {
        if (label.size() == label_length_max) break;
        const bool is_digit = c >= '0' && c <= '9';
        if (is_digit || (c >= 'a' && c <= 'z')) {
            label += c;
        } else if (c >= 'A' && c <= 'Z') {
            label += static_cast<char>(c - 'A' + 'a');
        } else if (!label.empty() && label.back() != '-') {
            label += '-';
        }
    }
    if (label.ends_with('-')) label.pop_back();
    return label.empty() ? "device" : label;
}

MembershipBook::MembershipBook(const SimulatedOptions& options, const base::Clock& clock,
                               base::Random& random)
    : m_join_delay(options.join_delay), m_clock(clock), m_random(random) {
    if (!options.file.empty()) reload(options.file);
}

void MembershipBook::reload(const std::filesystem::path& file) {
    std::size_t number = 0;
    for (const std::string& line : Journal::read(file)) {
        ++number;
        try {
            apply(line);
        } catch (const std::exception& error) {
            throw std::runtime_error(
                fmt::format("{}, line {}: not a line of a simulated network ({})", file.native(),
                            number, error.what()));
        }
    }
    std::vector<std::string> lines;
    for (const auto& [uuid, member] : m_members) {
        lines.push_back(member_line(uuid, member));
        if (member.offline_since) lines.push_back(offline_line(uuid, *member.offline_since));
    }
    m_journal.emplace(file, lines);
}

void MembershipBook::apply(std::string_view text) {
    const json::value value = json::parse(json::string_view(text.data(), text.size()));
    const json::object& line = value.as_object();
    if (const auto* uuid = line.if_contains("member")) {
        Member member = parse_member(line);
        if (!m_addresses.claim(member.address)) throw std::invalid_argument("address is taken");
        m_members.insert_or_assign(std::string(uuid->as_string()), std::move(member));
    } else if (const auto* gone = line.if_contains("gone")) {
        const auto member = m_members.find(std::string_view(gone->as_string()));
        if (member != m_members.end()) forget(member);
    } else if (const auto* offline = line.if_contains("offline")) {
        m_members.at(std::string(offline->as_string())).offline_since =
            from_microseconds(line.at("since_us").as_int64());
    } else {
        m_members.at(std::string(line.at("online").as_string())).offline_since.reset();
    }
}

void MembershipBook::append(std::string_view line) {
    if (m_journal) m_journal->append(line);
}

core::Result<NetworkKey> MembershipBook::make_key(const KeyRequest& request) {
    const core::Timestamp now = m_clock.now();
    std::string uuid = base::make_uuid(m_random, now);
    NetworkKey key{fmt::format("{}{}", key_prefix, uuid), make_secret(m_random),
                   now + request.lifetime};
    Member member{.hostname = to_host_label(request.hostname),
                  .tags = request.tags,
                  .joins_at = now + m_join_delay};
    // The device comes too late for its key: it never joins, so there is nothing to remember.
    if (member.joins_at >= key.expires_at) return key;

    const std::lock_guard lock(m_mutex);
    const auto address = m_addresses.take();
    if (!address) return core::fail_with_detail(core::Code::network_unreachable, "no free address");
    member.address = *address;
    try {
        append(member_line(uuid, member));
    } catch (...) {
        m_addresses.give_back(*address);
        throw;
    }
    m_members.emplace(std::move(uuid), std::move(member));
    return key;
}

void MembershipBook::revoke_key(std::string_view key_id) {
    const std::lock_guard lock(m_mutex);
    const auto member = m_members.find(uuid_of(key_id, key_prefix));
    if (member == m_members.end() || member->second.joins_at <= m_clock.now()) return;
    append(gone_line(member->first));
    forget(member);
}

std::optional<Node> MembershipBook::find_node(const NodeQuery& query) {
    const std::lock_guard lock(m_mutex);
    auto member = m_members.end();
    if (query.key_id) member = find_joined(uuid_of(*query.key_id, key_prefix));
    if (member == m_members.end() && query.node_id) {
        member = find_joined(uuid_of(*query.node_id, node_prefix));
    }
    if (member != m_members.end()) return node_of(*member);
    if (!query.hostname) return std::nullopt;
    const std::vector<Node> nodes = joined_nodes();
    const Match match = match_node(query, nodes);
    return match.node != nullptr ? std::optional(*match.node) : std::nullopt;
}

void MembershipBook::remove_node(std::string_view node_id) {
    const std::lock_guard lock(m_mutex);
    const auto member = find_joined(uuid_of(node_id, node_prefix));
    if (member == m_members.end()) return;
    append(gone_line(member->first));
    forget(member);
}

std::vector<Node> MembershipBook::list_nodes() {
    const std::lock_guard lock(m_mutex);
    return joined_nodes();
}

std::vector<Node> MembershipBook::joined_nodes() const {
    const core::Timestamp now = m_clock.now();
    std::vector<Node> nodes;
    nodes.reserve(m_members.size());
    for (const auto& entry : m_members) {
        if (entry.second.joins_at <= now) nodes.push_back(node_of(entry));
    }
    return nodes;
}

void MembershipBook::set_online(std::string_view node_id, bool online) {
    const std::lock_guard lock(m_mutex);
    const auto member = find_joined(uuid_of(node_id, node_prefix));
    if (member == m_members.end() || online == !member->second.offline_since) return;
    const core::Timestamp now = m_clock.now();
    append(online ? online_line(member->first) : offline_line(member->first, now));
    member->second.offline_since = online ? std::nullopt : std::optional(now);
}

void MembershipBook::set_trust(const TrustMark& mark, std::chrono::seconds lifetime) {
    const std::lock_guard lock(m_mutex);
    const auto member = find_joined(uuid_of(mark.node_id, node_prefix));
    if (member == m_members.end()) return;
    member->second.trust = mark.level;
    member->second.trust_until = m_clock.now() + lifetime;
}

std::optional<core::TrustLevel> MembershipBook::find_trust(std::string_view node_id) {
    const std::lock_guard lock(m_mutex);
    const auto member = find_joined(uuid_of(node_id, node_prefix));
    if (member == m_members.end() || !member->second.trust_until) return std::nullopt;
    if (*member->second.trust_until <= m_clock.now()) return std::nullopt;
    return member->second.trust;
}

MembershipBook::Members::iterator MembershipBook::find_joined(std::string_view uuid) {
    const auto member = m_members.find(uuid);
    if (member == m_members.end() || member->second.joins_at <= m_clock.now()) return member;
    return m_members.end();
}

Node MembershipBook::node_of(const Members::value_type& entry) const {
    const auto& [uuid, member] = entry;
    core::NodeSighting sighting{.network = "simulated",
                                .node_id = fmt::format("{}{}", node_prefix, uuid),
                                .hostname = member.hostname,
                                .ip = to_text(member.address),
                                .tags = member.tags,
                                .group = std::nullopt,
                                .online = !member.offline_since,
                                .last_seen = member.offline_since};
    if (sighting.online) sighting.last_seen = m_clock.now();
    Node node{std::move(sighting), fmt::format("{}{}", key_prefix, uuid)};
    node.created_at = member.joins_at;
    node.name = member.hostname;
    node.addresses.push_back(to_text(member.address));
    return node;
}

void MembershipBook::forget(Members::iterator member) {
    m_addresses.give_back(member->second.address);
    m_members.erase(member);
}

}  // namespace muster::networks
