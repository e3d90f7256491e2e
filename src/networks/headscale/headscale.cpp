// Headscale's API v1 behind the Network interface.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/headscale.hpp"

#include <algorithm>
#include <unordered_map>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/log.hpp"
#include "networks/headscale/records.hpp"
#include "networks/match.hpp"
#include "networks/members.hpp"
#include "networks/turnstile.hpp"

namespace muster::networks {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using namespace headscale;
using asio::awaitable;
using core::Code;
using core::Result;

constexpr std::chrono::minutes version_lifetime{10};
/// How long no trust is pushed after the policy turned out not to know our tags.
constexpr std::chrono::minutes enforcement_pause{15};

bool is_gone(const core::Error& error) {
    return error.code == Code::network_unreachable;
}

ApiCall post(std::string path, const json::object& body) {
    ApiCall call;
    call.method = "POST";
    call.path = std::move(path);
    call.body = json::serialize(body);
    return call;
}

json::array to_json(const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
}

class HeadscaleNetwork final : public Network {
public:
    HeadscaleNetwork(HeadscaleOptions options, const base::Clock& clock, base::Random& random)
        : m_options(std::move(options)),
          m_clock(clock),
          m_api("headscale", m_options.api, random) {}

    std::string_view name() const override { return "headscale"; }
    awaitable<Result<Probe>> probe(Deadline deadline) override;
    awaitable<Result<NetworkKey>> create_key(KeyRequest request, Deadline deadline) override;
    awaitable<Result<void>> revoke_key(std::string key_id, Deadline deadline) override;
    awaitable<Result<std::optional<Node>>> find_node(NodeQuery query, Deadline deadline) override;
    awaitable<Result<void>> remove_node(std::string node_id, Deadline deadline) override;
    awaitable<Result<std::vector<Node>>> list_nodes(Deadline deadline) override;
    bool enforces_trust() const override {
        return m_options.trust_tags && m_clock.now() >= m_enforcement_paused_until;
    }
    awaitable<Result<void>> push_trust(std::vector<TrustMark> marks, std::chrono::seconds lifetime,
                                       Deadline deadline) override;
    bool has_events() const override { return false; }
    awaitable<Result<EventPage>> events_since(std::string cursor, Deadline deadline) override;

private:
    awaitable<Result<ApiAnswer>> call(ApiCall call, Deadline deadline);
    awaitable<Result<json::value>> answer_to(ApiCall call, Deadline deadline);
    awaitable<Result<json::value>> get(std::string path, Deadline deadline);
    awaitable<Result<Version>> version(Deadline deadline);
    awaitable<Result<std::string>> user_id(Deadline deadline);
    awaitable<Result<std::optional<KeyRecord>>> find_key(std::string id, std::string query,
                                                         Deadline deadline);
    awaitable<Result<void>> revoke_key_of_user(std::string key_id, Deadline deadline);
    awaitable<Result<void>> delete_unused_key(std::string key_id, Deadline deadline);
    awaitable<Result<bool>> has_node(std::string node_id, Deadline deadline);
    awaitable<Result<void>> push_mark(TrustMark mark, std::vector<std::string> tags,
                                      Deadline deadline);
    awaitable<core::Error> judge_refused_tags(core::Error refusal, Deadline deadline);
    awaitable<std::vector<std::string>> warnings(Version version, Deadline deadline);

    HeadscaleOptions m_options;
    const base::Clock& m_clock;
    ControlApi m_api;
    Turnstile m_tag_writes;
    std::optional<Version> m_version;
    core::Timestamp m_version_read_at{};
    core::Timestamp m_enforcement_paused_until{};
};

awaitable<Result<ApiAnswer>> HeadscaleNetwork::call(ApiCall call, Deadline deadline) {
    call.headers.push_back({"Authorization", "Bearer " + m_options.api_key.reveal()});
    call.headers.push_back({"Accept", "application/json"});
    co_return co_await m_api.call(std::move(call), deadline);
}

/// The JSON of a good answer.
awaitable<Result<json::value>> HeadscaleNetwork::answer_to(ApiCall request, Deadline deadline) {
    const auto answer = co_await call(std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (!answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    co_return json_of(*answer);
}

awaitable<Result<json::value>> HeadscaleNetwork::get(std::string path, Deadline deadline) {
    ApiCall request;
    request.path = std::move(path);
    co_return co_await answer_to(std::move(request), deadline);
}

/// Read again now and then: a server is upgraded while we run.
awaitable<Result<Version>> HeadscaleNetwork::version(Deadline deadline) {
    if (m_version && m_clock.now() < m_version_read_at + version_lifetime) co_return *m_version;
    ApiCall request;
    request.path = "/version";
    const auto answer = co_await m_api.call(std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    const auto body = json_of(*answer);
    m_version = version_of(answer->status, body ? *body : json::value());
    m_version_read_at = m_clock.now();
    co_return *m_version;
}

awaitable<Result<std::string>> HeadscaleNetwork::user_id(Deadline deadline) {
    if (m_options.user.empty()) {
        co_return core::fail_with_detail(Code::network_refused,
                                         "a key needs tags, or a user whose it is: neither is set");
    }
    const auto body = co_await get("/api/v1/user?name=" + percent_encode(m_options.user), deadline);
    if (!body) co_return std::unexpected(body.error());
    for (const json::value& user : list_member(*body, "users")) {
        if (text_member(user, "name") == m_options.user) co_return id_member(user, "id");
    }
    co_return core::fail_with_detail(Code::network_refused,
                                     fmt::format("headscale knows no user {:?}", m_options.user));
}

awaitable<Result<NetworkKey>> HeadscaleNetwork::create_key(KeyRequest request, Deadline deadline) {
    const auto known = co_await version(deadline);
    if (!known) co_return std::unexpected(known.error());
    const std::vector<std::string>& tags = request.tags.empty() ? m_options.tags : request.tags;
    const core::Timestamp expires_at = m_clock.now() + request.lifetime;
    // Without an expiration a key is born expired.
    json::object body{{"reusable", false},
                      {"ephemeral", false},
                      {"expiration", core::to_json_text(expires_at)},
                      {"aclTags", to_json(tags)}};
    if (tags.empty() || *known < tags_own_nodes) {
        const auto user = co_await user_id(deadline);
        if (!user) co_return std::unexpected(user.error());
        body["user"] = *user;
    }
    ApiCall making = post("/api/v1/preauthkey", body);
    making.safe_to_repeat = false;
    const auto answer = co_await answer_to(std::move(making), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    const KeyRecord key = to_key(member_of(*answer, "preAuthKey"));
    if (key.id.empty() || key.secret.reveal().empty()) {
        co_return core::fail_with_detail(Code::network_answer_invalid,
                                         "headscale made a key and did not show it");
    }
    co_return NetworkKey{key.id, key.secret, key.expires_at.value_or(expires_at)};
}

/// Empty: there is none.
awaitable<Result<std::optional<KeyRecord>>> HeadscaleNetwork::find_key(std::string id,
                                                                       std::string query,
                                                                       Deadline deadline) {
    const auto body = co_await get("/api/v1/preauthkey" + query, deadline);
    if (!body) co_return std::unexpected(body.error());
    for (const json::value& listed : list_member(*body, "preAuthKeys")) {
        KeyRecord key = to_key(listed);
        if (key.id == id) co_return std::optional(std::move(key));
    }
    co_return std::optional<KeyRecord>();
}

awaitable<Result<void>> HeadscaleNetwork::revoke_key(std::string key_id, Deadline deadline) {
    if (!is_id(key_id)) co_return Result<void>();
    const auto known = co_await version(deadline);
    if (!known) co_return std::unexpected(known.error());
    if (*known < tags_own_nodes) co_return co_await revoke_key_of_user(key_id, deadline);
    const json::object body{{"id", key_id}};
    const auto expired = co_await call(post("/api/v1/preauthkey/expire", body), deadline);
    // What this server says of an unknown key depends on its version: the list decides.
    if (!expired && !is_gone(expired.error())) co_return std::unexpected(expired.error());
    if (expired && (expired->status == 401 || expired->status == 403)) {
        co_return std::unexpected(refusal_of(*expired));
    }
    co_return co_await delete_unused_key(key_id, deadline);
}

/// Deleting a used key would make its node forget which key it joined with.
awaitable<Result<void>> HeadscaleNetwork::delete_unused_key(std::string key_id, Deadline deadline) {
    const auto key = co_await find_key(key_id, "", deadline);
    if (!key) co_return std::unexpected(key.error());
    if (!*key || (*key)->used) co_return Result<void>();
    ApiCall removal;
    removal.method = "DELETE";
    removal.path = "/api/v1/preauthkey?id=" + key_id;
    const auto removed = co_await call(std::move(removal), deadline);
    if (removed && removed->is_ok()) co_return Result<void>();
    const auto left = co_await find_key(key_id, "", deadline);
    if (left && (!*left || (*left)->used)) co_return Result<void>();
    if (!removed) co_return std::unexpected(removed.error());
    co_return std::unexpected(refusal_of(*removed));
}

/// Before 0.28: a key is named by its user and by itself, and can only be expired.
awaitable<Result<void>> HeadscaleNetwork::revoke_key_of_user(std::string key_id,
                                                             Deadline deadline) {
    const auto user = co_await user_id(deadline);
    if (!user) co_return std::unexpected(user.error());
    const auto key = co_await find_key(key_id, "?user=" + percent_encode(*user), deadline);
    if (!key) co_return std::unexpected(key.error());
    const bool is_dead =
        !*key || (*key)->used || ((*key)->expires_at && (*key)->expires_at <= m_clock.now());
    if (is_dead) co_return Result<void>();
    const json::object body{{"user", *user}, {"key", (*key)->secret.reveal()}};
    const auto expired = co_await answer_to(post("/api/v1/preauthkey/expire", body), deadline);
    if (!expired) co_return std::unexpected(expired.error());
    co_return Result<void>();
}

awaitable<Result<std::optional<Node>>> HeadscaleNetwork::find_node(NodeQuery query,
                                                                   Deadline deadline) {
    if (query.node_id && is_id(*query.node_id)) {
        const auto body = co_await get("/api/v1/node/" + *query.node_id, deadline);
        if (body) {
            Node node = to_node(member_of(*body, "node"), m_clock.now());
            const bool used_it = !query.key_id || node.key_id == query.key_id;
            if (used_it && node.sighting.node_id == *query.node_id)
                co_return std::optional(std::move(node));
        }
        // Unknown, or the server is in trouble: 0.26 says 500 for both, and the list decides.
    }
    const auto nodes = co_await list_nodes(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    const Match match = match_node(query, *nodes);
    co_return match.node ? std::optional(*match.node) : std::nullopt;
}

awaitable<Result<std::vector<Node>>> HeadscaleNetwork::list_nodes(Deadline deadline) {
    const auto body = co_await get("/api/v1/node", deadline);
    if (!body) co_return std::unexpected(body.error());
    if (!member_of(*body, "nodes").is_array()) {
        co_return core::fail_with_detail(Code::network_answer_invalid, "no list of nodes");
    }
    std::vector<Node> nodes;
    for (const json::value& listed : list_member(*body, "nodes")) {
        Node node = to_node(listed, m_clock.now());
        if (!node.sighting.node_id.empty()) nodes.push_back(std::move(node));
    }
    co_return nodes;
}

awaitable<Result<bool>> HeadscaleNetwork::has_node(std::string node_id, Deadline deadline) {
    const auto nodes = co_await list_nodes(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    const auto is_it = [&](const Node& node) { return node.sighting.node_id == node_id; };
    co_return std::ranges::any_of(*nodes, is_it);
}

/// Expired first: its peers stop talking to it even if the deletion has to be repeated.
awaitable<Result<void>> HeadscaleNetwork::remove_node(std::string node_id, Deadline deadline) {
    if (!is_id(node_id)) co_return Result<void>();
    // Without arguments: now, by the server's own clock, in every version.
    ApiCall expiry = post("/api/v1/node/" + node_id + "/expire", {});
    expiry.safe_to_repeat = false;  // an unknown node is a 500 up to 0.29, and no reason to wait
    const auto expired = co_await call(std::move(expiry), deadline);
    if (!expired && !is_gone(expired.error())) co_return std::unexpected(expired.error());
    ApiCall removal;
    removal.method = "DELETE";
    removal.path = "/api/v1/node/" + node_id;
    const auto removed = co_await call(std::move(removal), deadline);
    if (removed && (removed->is_ok() || removed->status == 404)) co_return Result<void>();
    const core::Error failure = removed ? refusal_of(*removed) : removed.error();
    if (!removed && !is_gone(failure)) co_return std::unexpected(failure);
    const auto is_left = co_await has_node(node_id, deadline);
    if (is_left && !*is_left) co_return Result<void>();
    co_return std::unexpected(failure);
}

/// Where a node has no tag the first one would take it from its user for good: such nodes are left
/// alone.
awaitable<Result<void>> HeadscaleNetwork::push_trust(std::vector<TrustMark> marks,
                                                     std::chrono::seconds /*lifetime*/,
                                                     Deadline deadline) {
    if (!enforces_trust()) {
        co_return core::fail_with_detail(Code::network_refused,
                                         "trust tags are off, or the policy does not know them");
    }
    const auto turn = co_await m_tag_writes.enter(deadline);
    if (!turn) co_return core::fail_with_detail(Code::network_timeout, "waited for other tags");
    const auto known = co_await version(deadline);
    if (!known) co_return std::unexpected(known.error());
    const auto body = co_await get("/api/v1/node", deadline);
    if (!body) co_return std::unexpected(body.error());
    std::unordered_map<std::string, std::vector<std::string>> tags;
    for (const json::value& node : list_member(*body, "nodes")) {
        tags.emplace(id_member(node, "id"), writable_tags(node));
    }
    std::int64_t left_alone = 0;
    Result<void> outcome;
    for (TrustMark& mark : marks) {
        const auto node = tags.find(mark.node_id);
        if (node == tags.end()) continue;
        if (node->second.empty() && *known >= tags_own_nodes) {
            ++left_alone;
            continue;
        }
        auto pushed = co_await push_mark(std::move(mark), node->second, deadline);
        if (!pushed && outcome) outcome = std::move(pushed);
        if (!outcome && !enforces_trust()) break;
    }
    if (left_alone > 0) {
        base::log(base::LogLevel::warning, "headscale_untagged_nodes_left_alone",
                  {{"nodes", left_alone}});
    }
    co_return outcome;
}

awaitable<Result<void>> HeadscaleNetwork::push_mark(TrustMark mark, std::vector<std::string> tags,
                                                    Deadline deadline) {
    std::ranges::sort(tags);
    const std::vector<std::string> wanted = with_trust_tag(tags, mark.level);
    if (wanted == tags) co_return Result<void>();
    const json::object body{{"tags", to_json(wanted)}};
    const auto answer =
        co_await call(post("/api/v1/node/" + mark.node_id + "/tags", body), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->is_ok() || answer->status == 404) co_return Result<void>();
    core::Error refusal = refusal_of(*answer);
    if (answer->status == 400) refusal = co_await judge_refused_tags(std::move(refusal), deadline);
    co_return std::unexpected(std::move(refusal));
}

/// If it is the policy that has no owners for our tags, no further node is tried for a while.
awaitable<core::Error> HeadscaleNetwork::judge_refused_tags(core::Error refusal,
                                                            Deadline deadline) {
    const auto policy = co_await get("/api/v1/policy", deadline);
    if (!policy) co_return refusal;
    const std::vector<std::string> ours = {trust_tag(core::TrustLevel::high),
                                           trust_tag(core::TrustLevel::medium),
                                           trust_tag(core::TrustLevel::low)};
    const auto missing = tags_without_owners(text_member(*policy, "policy"), ours);
    if (missing.empty()) co_return refusal;
    m_enforcement_paused_until = m_clock.now() + enforcement_pause;
    refusal.detail =
        fmt::format("the policy's tagOwners lack {}: no trust is pushed for {} minutes",
                    fmt::join(missing, ", "), enforcement_pause.count());
    base::log(base::LogLevel::warning, "headscale_trust_tags_unknown",
              {{"reason", refusal.detail}});
    co_return refusal;
}

awaitable<Result<EventPage>> HeadscaleNetwork::events_since(std::string cursor,
                                                            Deadline /*deadline*/) {
    co_return EventPage{{}, cursor.empty() ? "0" : std::move(cursor)};
}

awaitable<Result<Probe>> HeadscaleNetwork::probe(Deadline deadline) {
    m_version.reset();
    const auto known = co_await version(deadline);
    if (!known) co_return std::unexpected(known.error());
    const auto nodes = co_await list_nodes(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    Probe probe;
    probe.description =
        fmt::format("headscale {}.{}, {} nodes", known->major, known->minor, nodes->size());
    probe.warnings = co_await warnings(*known, deadline);
    co_return probe;
}

awaitable<std::vector<std::string>> HeadscaleNetwork::warnings(Version version, Deadline deadline) {
    std::vector<std::string> found;
    const bool needs_user = m_options.tags.empty() || version < tags_own_nodes;
    if (needs_user) {
        const auto user = co_await user_id(deadline);
        if (!user) found.push_back("no key can be made: " + user.error().detail);
    }
    if (version < tags_own_nodes) {
        found.emplace_back(
            "headscale before 0.28 cannot delete keys: unused ones are only expired");
    }
    if (m_options.trust_tags && m_options.tags.empty() && version >= tags_own_nodes) {
        found.emplace_back(
            "trust tags are on, but keys carry no tags: tagging a node would take it from its "
            "user, "
            "so it is left alone; name tags for the keys");
    }
    std::vector<std::string> needed = m_options.tags;
    if (m_options.trust_tags) {
        for (const auto level :
             {core::TrustLevel::high, core::TrustLevel::medium, core::TrustLevel::low})
            needed.push_back(trust_tag(level));
    }
    if (needed.empty()) co_return found;
    const auto policy = co_await get("/api/v1/policy", deadline);
    const auto missing =
        policy ? tags_without_owners(text_member(*policy, "policy"), needed) : needed;
    if (!missing.empty()) {
        found.push_back(fmt::format("the policy's tagOwners lack {}{}", fmt::join(missing, ", "),
                                    policy ? "" : " (no policy could be read)"));
    }
    co_return found;
}

}  // namespace

std::unique_ptr<Network> make_headscale(HeadscaleOptions options, const base::Clock& clock,
                                        base::Random& random) {
    return std::make_unique<HeadscaleNetwork>(std::move(options), clock, random);
}

}  // namespace muster::networks
