// Routes, and the rows behind them.
// SPDX-License-Identifier: Apache-2.0
#include "fakes/networks/netbird_fake.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace muster::fakes {
namespace json = boost::json;
namespace {

constexpr std::string_view everybody = "All";

net::Response ok(const json::value& body) {
    net::Response response;
    response.content_type = "application/json; charset=UTF-8";
    response.body = json::serialize(body);
    return response;
}

net::Response refusal(unsigned status, std::string_view message) {
    net::Response response = ok(json::object{{"message", message}, {"code", status}});
    response.status = status;
    return response;
}

std::string text_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

json::array list_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value && value->is_array() ? value->get_array() : json::array();
}

json::object rights(bool may_change) {
    return {{"read", true}, {"create", may_change}, {"update", may_change}, {"delete", may_change}};
}

}  // namespace

struct NetBirdFake::Call {
    const net::Request& request;
    json::object body;
};

NetBirdFake::NetBirdFake(NetBirdFakeOptions options, const base::Clock& clock)
    : m_options(std::move(options)),
      m_clock(clock),
      m_groups({{"group-all", {std::string(everybody), {}, {}}}}),
      m_server([this](const net::Request& request) { return answer(request); }, m_options.server) {}

std::string NetBirdFake::make_id() {
    return fmt::format("d{:019}", ++m_last_id);
}

std::vector<std::pair<std::string, std::string>> NetBirdFake::settings() {
    return {{"base_url", url()}, {"token", m_options.token}};
}

bool NetBirdFake::is_good(const Key& key) const {
    return key.uses == 0 && (!key.expires_at || *key.expires_at > m_clock.now());
}

std::optional<std::string> NetBirdFake::join(std::string_view secret, std::string_view hostname) {
    const std::lock_guard lock(m_mutex);
    for (auto& [id, key] : m_keys) {
        if (key.secret != secret) continue;
        if (!is_good(key)) return std::nullopt;
        ++key.uses;
        std::string peer = add({.hostname = std::string(hostname), .user = {}});
        for (const std::string& group : key.groups) m_groups.at(group).peers.insert(peer);
        note({.code = "peer.setupkey.add", .initiator = id, .target = peer, .group = {}});
        return peer;
    }
    return std::nullopt;
}

bool NetBirdFake::has_node(std::string_view node_id) {
    const std::lock_guard lock(m_mutex);
    return m_peers.contains(std::string(node_id));
}

std::size_t NetBirdFake::good_key_count() {
    const std::lock_guard lock(m_mutex);
    const auto count =
        std::ranges::count_if(m_keys, [this](const auto& row) { return is_good(row.second); });
    return static_cast<std::size_t>(count);
}

std::optional<std::string> NetBirdFake::find_trust(std::string_view node_id) {
    constexpr std::string_view prefix = "muster-";
    const std::lock_guard lock(m_mutex);
    for (const auto& [id, group] : m_groups) {
        const bool is_in = group.peers.contains(std::string(node_id));
        if (is_in && group.name.starts_with(prefix)) return group.name.substr(prefix.size());
    }
    return std::nullopt;
}

std::string NetBirdFake::add_peer(std::string_view hostname) {
    const std::lock_guard lock(m_mutex);
    const std::string peer = add({.hostname = std::string(hostname), .user = "user-ana"});
    note({.code = "peer.user.add", .initiator = "user-ana", .target = peer, .group = {}});
    return peer;
}

std::string NetBirdFake::add(Peer peer) {
    const std::string id = make_id();
    peer.joined_at = m_clock.now();
    peer.last_seen = peer.joined_at;
    m_peers.emplace(id, std::move(peer));
    m_groups.at("group-all").peers.insert(id);
    return id;
}

void NetBirdFake::note(Event event) {
    event.at = m_clock.now();
    m_events.push_back(std::move(event));
}

bool NetBirdFake::set_online(std::string_view node_id, bool online) {
    const std::lock_guard lock(m_mutex);
    const auto peer = m_peers.find(std::string(node_id));
    if (peer == m_peers.end()) return false;
    peer->second.connected = online;
    peer->second.last_seen = m_clock.now();
    return true;
}

void NetBirdFake::set_login_expired(std::string_view peer_id) {
    const std::lock_guard lock(m_mutex);
    m_peers.at(std::string(peer_id)).login_expired = true;
}

void NetBirdFake::set_in_use(std::string_view peer_id) {
    const std::lock_guard lock(m_mutex);
    m_peers.at(std::string(peer_id)).in_use = true;
}

void NetBirdFake::drop_peer(std::string_view peer_id) {
    const std::lock_guard lock(m_mutex);
    remove(std::string(peer_id));
}

void NetBirdFake::remove(const std::string& peer_id) {
    m_peers.erase(peer_id);
    for (auto& [group_id, group] : m_groups) group.peers.erase(peer_id);
}

void NetBirdFake::hold_events(bool held) {
    const std::lock_guard lock(m_mutex);
    m_held_from = held ? std::optional(m_events.size()) : std::nullopt;
}

void NetBirdFake::set_events_max(std::size_t count) {
    const std::lock_guard lock(m_mutex);
    m_events_max = count;
}

void NetBirdFake::add_to_group(std::string_view name, std::string_view peer_id) {
    const std::lock_guard lock(m_mutex);
    if (Group* group = find_group(name)) group->peers.insert(std::string(peer_id));
}

void NetBirdFake::on_next_put(std::function<void()> action) {
    const std::lock_guard lock(m_mutex);
    m_before_put = std::move(action);
}

void NetBirdFake::ignore_puts(bool ignored) {
    const std::lock_guard lock(m_mutex);
    m_ignores_puts = ignored;
}

std::set<std::string> NetBirdFake::members_of(std::string_view name) const {
    const std::lock_guard lock(m_mutex);
    for (const auto& [id, group] : m_groups) {
        if (group.name == name) return group.peers;
    }
    return {};
}

std::size_t NetBirdFake::key_count() const {
    const std::lock_guard lock(m_mutex);
    return m_keys.size();
}

NetBirdFake::Group* NetBirdFake::find_group(std::string_view name) {
    for (auto& [id, group] : m_groups) {
        if (group.name == name) return &group;
    }
    return nullptr;
}

net::Response NetBirdFake::answer(const net::Request& request) {
    if (request.path.starts_with("/fake/")) return answer_fake_path(*this, request);
    std::function<void()> before_put;
    {
        const std::lock_guard lock(m_mutex);
        if (request.method == "PUT") before_put = std::exchange(m_before_put, {});
    }
    if (before_put) before_put();
    const std::lock_guard lock(m_mutex);
    if (request.header("Authorization") != "Token " + m_options.token) {
        return refusal(401, "no valid authentication provided");
    }
    json::object body;
    if (!request.body.empty()) {
        boost::system::error_code error;
        const json::value parsed = json::parse(request.body, error);
        if (error || !parsed.is_object()) return refusal(400, "couldn't parse json request");
        body = parsed.get_object();
    }
    const Call call{request, std::move(body)};
    if (request.path == "/api/events/audit") return list_events();
    if (request.path == "/api/users/current") return current_user();
    if (request.path == "/api/accounts") return accounts();
    if (request.path == "/api/policies") return policies();
    for (const auto& [base, handler] : {std::pair{"/api/setup-keys", &NetBirdFake::answer_keys},
                                        std::pair{"/api/peers", &NetBirdFake::answer_peers},
                                        std::pair{"/api/groups", &NetBirdFake::answer_groups}}) {
        if (!request.path.starts_with(base)) continue;
        std::string_view rest = request.path.substr(std::string_view(base).size());
        if (rest.starts_with('/')) rest.remove_prefix(1);
        return (this->*handler)(call, std::string(rest));
    }
    return refusal(404, "not found");
}

net::Response NetBirdFake::answer_keys(const Call& call, const std::string& id) {
    if (call.request.method == "POST") return make_key(call);
    if (id.empty()) {
        json::array list;
        for (const auto& [known, key] : m_keys) list.push_back(to_json(known, key, false));
        return ok(list);
    }
    const auto key = m_keys.find(id);
    if (key == m_keys.end()) return refusal(404, "setup key not found");
    if (call.request.method != "DELETE") return ok(to_json(id, key->second, false));
    m_keys.erase(key);
    note({.code = "setupkey.delete", .initiator = "user-muster", .target = id, .group = {}});
    return ok(json::object());
}

net::Response NetBirdFake::make_key(const Call& call) {
    Key key;
    key.name = text_of(call.body, "name");
    const std::string type = text_of(call.body, "type");
    const std::int64_t lifetime = number_of(call.body, "expires_in");
    if (m_options.role != "admin") return refusal(403, "permission denied");
    if (key.name.empty()) return refusal(422, "setup key name shouldn't be empty");
    if (type != "one-off" && type != "reusable") return refusal(422, "unknown setup key type");
    if (number_of(call.body, "usage_limit") > 1) return refusal(422, "usage_limit is not valid");
    if (lifetime < 0) return refusal(422, "expiresin can not be in the past");
    for (const json::value& group : list_of(call.body, "auto_groups")) {
        const std::string group_id(group.as_string());
        if (!m_groups.contains(group_id)) return refusal(422, "group not found: " + group_id);
        if (group_id == "group-all") return refusal(422, "can't add All group to the setup key");
        key.groups.push_back(group_id);
    }
    key.made_at = m_clock.now();
    if (lifetime > 0) key.expires_at = key.made_at + std::chrono::seconds(lifetime);
    const std::string id = std::to_string(++m_last_id);
    key.secret = fmt::format("{:08X}-AAAA-4BBB-8CCC-{:012X}", m_last_id * 7919, m_last_id);
    m_keys.emplace(id, key);
    note({.code = "setupkey.add", .initiator = "user-muster", .target = id, .group = {}});
    return ok(to_json(id, key, true));
}

net::Response NetBirdFake::answer_peers(const Call& call, const std::string& id) {
    if (id.empty()) {
        json::array list;
        for (const auto& [known, peer] : m_peers) list.push_back(to_json(known, peer));
        return ok(list);
    }
    const auto peer = m_peers.find(id);
    if (peer == m_peers.end()) return refusal(404, fmt::format("peer {} not found", id));
    if (call.request.method != "DELETE") return ok(to_json(id, peer->second));
    if (peer->second.in_use) return refusal(412, fmt::format("peer {} is in use by service", id));
    remove(id);
    note({.code = "user.peer.delete", .initiator = "user-muster", .target = id, .group = {}});
    return ok(json::object());
}

net::Response NetBirdFake::answer_groups(const Call& call, const std::string& id) {
    if (id.empty()) return call.request.method == "POST" ? make_group(call) : list_groups(call);
    const auto group = m_groups.find(id);
    if (group == m_groups.end()) return refusal(404, "group not found");
    if (call.request.method == "PUT") return replace_group(call, id);
    return ok(to_json(id, group->second));
}

net::Response NetBirdFake::list_groups(const Call& call) const {
    const std::string name = call.request.query_value("name");
    json::array list;
    for (const auto& [id, group] : m_groups) {
        if (name.empty() || group.name == name) list.push_back(to_json(id, group));
    }
    if (list.empty()) return refusal(404, fmt::format("group with name {} not found", name));
    return ok(list);
}

net::Response NetBirdFake::make_group(const Call& call) {
    const std::string name = text_of(call.body, "name");
    if (name.empty()) return refusal(422, "group name shouldn't be empty");
    if (find_group(name)) return refusal(409, fmt::format("group with name {} exists", name));
    const std::string id = make_id();
    m_groups.emplace(id, Group{name, {}, {}});
    return ok(to_json(id, m_groups.at(id)));
}

/// All that the body does not name is gone. What is answered is what was asked for.
net::Response NetBirdFake::replace_group(const Call& call, const std::string& id) {
    if (id == "group-all") return refusal(422, "updating group all is not allowed");
    Group group{text_of(call.body, "name"), {}, list_of(call.body, "resources")};
    if (group.name.empty()) return refusal(422, "group name shouldn't be empty");
    for (const json::value& peer : list_of(call.body, "peers")) {
        group.peers.insert(std::string(peer.as_string()));
    }
    Group& before = m_groups.at(id);
    for (const std::string& peer : group.peers) {
        if (before.peers.contains(peer)) continue;
        note({.code = "peer.group.add",
              .initiator = "user-muster",
              .target = peer,
              .group = group.name});
    }
    if (!m_ignores_puts) before = group;
    return ok(to_json(id, group));
}

net::Response NetBirdFake::list_events() const {
    json::array list;
    for (std::size_t id = m_held_from.value_or(m_events.size()); id > 0; --id) {
        if (list.size() == m_events_max) break;
        const Event& event = m_events[id - 1];
        json::object meta{{"name", "fake"}};
        if (!event.group.empty()) meta["group"] = event.group;
        list.push_back(json::object{{"id", std::to_string(id)},
                                    {"timestamp", core::to_json_text(event.at)},
                                    {"activity", event.code},
                                    {"activity_code", event.code},
                                    {"initiator_id", event.initiator},
                                    {"initiator_name", ""},
                                    {"initiator_email", ""},
                                    {"target_id", event.target},
                                    {"meta", meta}});
    }
    return ok(list);
}

net::Response NetBirdFake::current_user() const {
    const bool is_admin = m_options.role == "admin";
    const json::object modules{{"peers", rights(is_admin)},
                               {"setup_keys", rights(is_admin)},
                               {"groups", rights(true)},
                               {"events", rights(false)}};
    return ok(json::object{{"id", "user-muster"},
                           {"role", m_options.role},
                           {"status", "active"},
                           {"permissions", {{"is_restricted", false}, {"modules", modules}}}});
}

net::Response NetBirdFake::accounts() const {
    const json::object extra{{"peer_approval_enabled", m_options.peer_approval}};
    return ok(json::array{json::object{
        {"id", "account-1"}, {"domain", "example.org"}, {"settings", {{"extra", extra}}}}});
}

net::Response NetBirdFake::policies() const {
    const json::array all{json::object{{"id", "group-all"}, {"name", everybody}}};
    const json::object rule{{"name", "Default"},
                            {"enabled", true},
                            {"action", "accept"},
                            {"sources", all},
                            {"destinations", all}};
    return ok(json::array{json::object{
        {"name", "Default"}, {"enabled", m_options.open_policy}, {"rules", json::array{rule}}}});
}

}  // namespace muster::fakes
