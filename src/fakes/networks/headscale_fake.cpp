// Routes, and the rows behind them.
// SPDX-License-Identifier: Apache-2.0
#include "fakes/networks/headscale_fake.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace muster::fakes {
namespace json = boost::json;
namespace {

net::Response ok(const json::object& body) {
    net::Response response;
    response.content_type = "application/json";
    response.body = json::serialize(body);
    return response;
}

int number_in(std::string_view text) {
    int number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// protojson takes a text or a number.
int number_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    if (!value) return 0;
    if (value->is_string()) return number_in(value->get_string());
    return value->is_int64() ? static_cast<int>(value->get_int64()) : 0;
}

std::string text_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> texts_of(const json::object& body, std::string_view name) {
    std::vector<std::string> texts;
    const json::value* value = body.if_contains(name);
    if (!value || !value->is_array()) return texts;
    for (const json::value& text : value->get_array()) texts.emplace_back(text.as_string());
    return texts;
}

}  // namespace

struct HeadscaleFake::Call {
    const net::Request& request;
    std::string_view path;  ///< below /api/v1/
    json::object body;
    bool is(std::string_view method, std::string_view wanted) const {
        return request.method == method && path == wanted;
    }
};

HeadscaleFake::HeadscaleFake(HeadscaleFakeOptions options, const base::Clock& clock)
    : m_options(std::move(options)),
      m_clock(clock),
      m_server([this](const net::Request& request) { return answer(request); }, m_options.server) {}

std::vector<std::pair<std::string, std::string>> HeadscaleFake::settings() {
    return {{"base_url", url()}, {"api_key", m_options.api_key}, {"user", m_options.users.front()}};
}

bool HeadscaleFake::is_good(const Key& key) const {
    return !key.used && key.expires_at && *key.expires_at > m_clock.now();
}

std::optional<std::string> HeadscaleFake::join(std::string_view secret, std::string_view hostname) {
    const std::lock_guard lock(m_mutex);
    Key* key = find_secret(secret);
    if (!key || !is_good(*key)) return std::nullopt;
    key->used = true;
    Machine machine{.hostname = std::string(hostname), .user = key->user, .tags = key->tags};
    for (const auto& [id, row] : m_keys) {
        if (&row == key) machine.key = id;
    }
    return add(std::move(machine));
}

bool HeadscaleFake::has_node(std::string_view node_id) {
    const std::lock_guard lock(m_mutex);
    return find_machine(node_id) != nullptr;
}

std::size_t HeadscaleFake::good_key_count() {
    const std::lock_guard lock(m_mutex);
    const auto count =
        std::ranges::count_if(m_keys, [this](const auto& row) { return is_good(row.second); });
    return static_cast<std::size_t>(count);
}

std::optional<std::string> HeadscaleFake::find_trust(std::string_view node_id) {
    constexpr std::string_view prefix = "tag:muster-";
    const std::lock_guard lock(m_mutex);
    const Machine* machine = find_machine(node_id);
    if (!machine) return std::nullopt;
    for (const std::string& tag : machine->tags) {
        if (tag.starts_with(prefix)) return tag.substr(prefix.size());
    }
    return std::nullopt;
}

HeadscaleFake::Machine* HeadscaleFake::find_machine(std::string_view node_id) {
    const auto found = m_nodes.find(number_in(node_id));
    return found == m_nodes.end() ? nullptr : &found->second;
}

std::string HeadscaleFake::add_node(std::string_view hostname) {
    const std::lock_guard lock(m_mutex);
    return add({.hostname = std::string(hostname), .user = m_options.users.front(), .tags = {}});
}

std::string HeadscaleFake::add(Machine machine) {
    machine.created_at = m_clock.now();
    m_nodes.emplace(++m_last_node, std::move(machine));
    return std::to_string(m_last_node);
}

HeadscaleFake::Key* HeadscaleFake::find_secret(std::string_view secret) {
    for (auto& [id, key] : m_keys) {
        if (key.secret == secret) return &key;
    }
    return nullptr;
}

bool HeadscaleFake::set_online(std::string_view node_id, bool online) {
    const std::lock_guard lock(m_mutex);
    Machine* machine = find_machine(node_id);
    if (!machine) return false;
    if (machine->online && !online) machine->last_seen = m_clock.now();
    machine->online = online;
    return true;
}

void HeadscaleFake::set_expiry(std::string_view node_id, core::Timestamp at) {
    const std::lock_guard lock(m_mutex);
    m_nodes.at(number_in(node_id)).expires_at = at;
}

bool HeadscaleFake::log_in_again(std::string_view node_id, std::string_view secret) {
    const std::lock_guard lock(m_mutex);
    Machine& machine = m_nodes.at(number_in(node_id));
    for (auto& [id, key] : m_keys) {
        if (key.secret != secret || !is_good(key)) continue;
        key.used = true;
        machine.key = id;
        machine.expires_at.reset();
        return true;
    }
    return false;
}

void HeadscaleFake::restart() {
    const std::lock_guard lock(m_mutex);
    m_deleted_keys.clear();
}

void HeadscaleFake::set_policy(std::string policy) {
    const std::lock_guard lock(m_mutex);
    m_options.policy = std::move(policy);
}

std::size_t HeadscaleFake::key_count() const {
    const std::lock_guard lock(m_mutex);
    return m_keys.size();
}

std::vector<std::string> HeadscaleFake::tags_of(std::string_view node_id) const {
    const std::lock_guard lock(m_mutex);
    return m_nodes.at(number_in(node_id)).tags;
}

/// Up to 0.29 a gRPC status, then RFC 9457.
net::Response HeadscaleFake::refusal(unsigned status, std::string_view message) const {
    net::Response response;
    response.status = status;
    if (is_new()) {
        response.content_type = "application/problem+json";
        response.body = json::serialize(
            json::object{{"title", "Error"}, {"status", status}, {"detail", message}});
        return response;
    }
    const int code = status == 400 ? 3 : status == 404 ? 5 : status == 501 ? 12 : 2;
    response.content_type = "application/json";
    response.body = json::serialize(
        json::object{{"code", code}, {"message", message}, {"details", json::array()}});
    return response;
}

net::Response HeadscaleFake::stumble(unsigned new_status, std::string_view message) const {
    return refusal(is_new() ? new_status : 500, message);
}

net::Response HeadscaleFake::answer(const net::Request& request) {
    if (request.path.starts_with("/fake/")) return answer_fake_path(*this, request);
    const std::lock_guard lock(m_mutex);
    constexpr std::string_view base = "/api/v1/";
    if (request.path == "/version" && m_options.minor >= 27) {
        return ok({{"version", fmt::format("v0.{}.2", m_options.minor)}, {"commit", "fake"}});
    }
    if (!request.path.starts_with(base)) {
        return {.status = 404,
                .content_type = "text/plain; charset=utf-8",
                .body = "404 page not found\n"};
    }
    if (request.header("Authorization") != "Bearer " + m_options.api_key) {
        if (is_new()) return refusal(401, "unauthorized");
        return {.status = 401, .content_type = "text/plain; charset=utf-8", .body = "Unauthorized"};
    }
    json::object body;
    if (!request.body.empty()) {
        boost::system::error_code error;
        const json::value parsed = json::parse(request.body, error);
        if (error || !parsed.is_object()) return refusal(400, "the body is not JSON");
        body = parsed.get_object();
    }
    return answer_api({request, request.path.substr(base.size()), std::move(body)});
}

net::Response HeadscaleFake::answer_api(const Call& call) {
    if (call.is("GET", "user")) return list_users(call);
    if (call.is("GET", "node")) return list_nodes();
    if (call.is("GET", "policy")) return get_policy();
    if (call.is("GET", "preauthkey")) return list_keys(call);
    if (call.is("POST", "preauthkey")) return make_key(call);
    if (call.is("POST", "preauthkey/expire")) return expire_key(call);
    if (call.is("DELETE", "preauthkey")) {
        return has_key_ids() ? delete_key(call) : refusal(501, "Method Not Allowed");
    }
    if (!call.path.starts_with("node/")) return refusal(404, "Not Found");
    const std::string_view rest = call.path.substr(5);
    const auto slash = std::min(rest.find('/'), rest.size());
    const std::string_view verb = rest.substr(std::min(slash + 1, rest.size()));
    return answer_node(call, number_in(rest.substr(0, slash)), verb);
}

net::Response HeadscaleFake::answer_node(const Call& call, int id, std::string_view verb) {
    const auto node = m_nodes.find(id);
    const bool is_known = node != m_nodes.end();
    if (call.request.method == "POST" && verb == "expire") {
        if (!is_known) return stumble(404, "node not found in NodeStore");
        // Up to 0.29 only the query counts; here nobody sends one: now.
        node->second.expires_at = m_clock.now();
        return ok({{"node", to_json(id, node->second)}});
    }
    if (call.request.method == "POST" && verb == "tags") {
        if (is_known) return set_tags(call, node->second);
        return refusal(has_key_ids() ? 404 : 400, "node not found");
    }
    if (!verb.empty()) return refusal(404, "Not Found");
    if (!is_known) return refusal(has_key_ids() ? 404 : 500, "node not found");
    if (call.request.method == "GET") return ok({{"node", to_json(id, node->second)}});
    if (call.request.method != "DELETE") return refusal(501, "Method Not Allowed");
    m_nodes.erase(node);
    return ok({});
}

net::Response HeadscaleFake::set_tags(const Call& call, Machine& machine) const {
    std::vector<std::string> tags = texts_of(call.body, "tags");
    if (tags.empty() && has_key_ids()) return refusal(400, "cannot remove all tags from a node");
    for (const std::string& tag : tags) {
        if (!has_key_ids() || m_options.policy.contains('"' + tag + '"')) continue;
        return refusal(400, fmt::format("requested tags [{}] are invalid or not permitted", tag));
    }
    std::ranges::sort(tags);
    machine.tags = tags;
    if (has_key_ids()) machine.user.clear();
    return ok({{"node", json::object()}});
}

net::Response HeadscaleFake::get_policy() const {
    if (m_options.policy.empty()) return stumble(404, "loading ACL from database: not found");
    return ok({{"policy", m_options.policy}, {"updatedAt", core::to_json_text(m_clock.now())}});
}

net::Response HeadscaleFake::list_users(const Call& call) const {
    const std::string name = call.request.query_value("name");
    json::array list;
    for (const std::string& known : m_options.users) {
        if (name.empty() || known == name) list.push_back(user(known));
    }
    return ok({{"users", list}});
}

net::Response HeadscaleFake::list_nodes() const {
    json::array list;
    for (const auto& [id, machine] : m_nodes) list.push_back(to_json(id, machine));
    return ok({{"nodes", list}});
}

/// Before 0.28 of one user, and with their secrets.
net::Response HeadscaleFake::list_keys(const Call& call) const {
    const int user_id = number_in(call.request.query_value("user"));
    const auto count = static_cast<int>(m_options.users.size());
    if (!has_key_ids() && (user_id < 1 || user_id > count)) return refusal(500, "user not found");
    json::array list;
    for (const auto& [id, key] : m_keys) {
        const bool is_asked_for =
            has_key_ids() || key.user == m_options.users.at(static_cast<std::size_t>(user_id - 1));
        if (is_asked_for) list.push_back(to_json(id, key, !has_key_ids()));
    }
    return ok({{"preAuthKeys", list}});
}

net::Response HeadscaleFake::make_key(const Call& call) {
    const int user_id = number_of(call.body, "user");
    Key key;
    key.tags = texts_of(call.body, "aclTags");
    for (const std::string& tag : key.tags) {
        if (!tag.starts_with("tag:")) return refusal(400, "tag must start with the string 'tag:'");
    }
    if (user_id > static_cast<int>(m_options.users.size()) || user_id < 0) {
        return stumble(404, "user not found");
    }
    if (user_id > 0) key.user = m_options.users.at(static_cast<std::size_t>(user_id - 1));
    if (key.user.empty() && (key.tags.empty() || !has_key_ids())) {
        return stumble(400, "auth-key must be either tagged or owned by user");
    }
    key.created_at = m_clock.now();
    key.expires_at = core::parse_timestamp(text_of(call.body, "expiration"));
    const int id = ++m_last_key;
    key.prefix = fmt::format("{:012}", id);
    key.secret = fmt::format("hskey-auth-{}-{:064}", key.prefix, id);
    m_keys.emplace(id, key);
    return ok({{"preAuthKey", to_json(id, key, true)}});
}

net::Response HeadscaleFake::expire_key(const Call& call) {
    if (!has_key_ids()) {
        Key* key = find_secret(text_of(call.body, "key"));
        if (!key) return refusal(500, "record not found");
        key->expires_at = m_clock.now();
        return ok({});
    }
    const auto key = m_keys.find(number_of(call.body, "id"));
    if (key == m_keys.end()) return is_new() ? refusal(404, "key not found") : ok({});
    key->second.expires_at = m_clock.now();
    return ok({});
}

/// A node that joined with it forgets that it did, but not before the next restart.
net::Response HeadscaleFake::delete_key(const Call& call) {
    const auto key = m_keys.find(number_in(call.request.query_value("id")));
    if (key == m_keys.end()) return is_new() ? refusal(404, "key not found") : ok({});
    m_deleted_keys.insert(m_keys.extract(key));
    return ok({});
}

}  // namespace muster::fakes
