// NetBird's management API behind the Network interface.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/netbird.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "networks/match.hpp"
#include "networks/members.hpp"
#include "networks/netbird/groups.hpp"

namespace muster::networks {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using namespace netbird;
using asio::awaitable;
using core::Code;
using core::Result;
using std::chrono::seconds;

/// What the API's description allows. The server takes shorter ones, but promises nothing.
constexpr seconds key_lifetime_min{86'400};
constexpr seconds key_lifetime_max{31'536'000};
/// Audit events come late: whoever is older and has none will not get one.
constexpr std::chrono::minutes audit_delay_max{5};
/// Until then a peer is nobody's by its host name: its event may say whose it is.
constexpr seconds audit_grace{10};
constexpr std::size_t kept_keys_max = 20'000;

class NetBirdNetwork final : public Network {
public:
    NetBirdNetwork(NetBirdOptions options, const base::Clock& clock, base::Random& random)
        : m_options(std::move(options)),
          m_clock(clock),
          m_random(random),
          m_api("netbird", m_options.api, base::Secret("Token " + m_options.token.reveal()),
                random),
          m_groups(m_api) {}

    std::string_view name() const override { return "netbird"; }
    ApiHealth health() const override { return m_api.health(); }
    awaitable<Result<Probe>> probe(Deadline deadline) override;
    awaitable<Result<NetworkKey>> create_key(KeyRequest request, Deadline deadline) override;
    awaitable<Result<void>> revoke_key(std::string key_id, Deadline deadline) override;
    awaitable<Result<std::optional<Node>>> find_node(NodeQuery query, Deadline deadline) override;
    awaitable<Result<void>> remove_node(std::string node_id, Deadline deadline) override;
    awaitable<Result<std::vector<Node>>> list_nodes(Deadline deadline) override;
    bool enforces_trust() const override { return m_options.trust_groups; }
    awaitable<Result<void>> push_trust(std::vector<TrustMark> marks, seconds lifetime,
                                       Deadline deadline) override;
    bool has_events() const override { return true; }
    awaitable<Result<EventPage>> events_since(std::string cursor, Deadline deadline) override;

private:
    awaitable<Result<std::vector<Node>>> peers(Deadline deadline);
    awaitable<Result<std::vector<AuditEvent>>> audit(Deadline deadline);
    awaitable<Result<void>> learn_keys(std::vector<Node>& nodes, Deadline deadline);
    void fill_keys(std::vector<Node>& nodes) const;
    bool is_enough(const NodeQuery& query) const;
    bool is_too_new(const Node& node) const;
    awaitable<void> forget_key(std::string key_name, Deadline deadline);
    awaitable<std::vector<std::string>> warnings(bool has_approval, Deadline deadline);
    std::string key_name(const KeyRequest& request);

    NetBirdOptions m_options;
    const base::Clock& m_clock;
    base::Random& m_random;
    AuthorizedApi m_api;
    Groups m_groups;
    std::unordered_map<std::string, std::string> m_key_of_peer;  ///< by peer id
    std::unordered_set<std::string> m_keyless;                   ///< their events never came
    bool m_reads_audit = true;                                   ///< may the token?
};

awaitable<Result<std::vector<Node>>> NetBirdNetwork::peers(Deadline deadline) {
    const auto body = co_await m_api.get("/api/peers", deadline);
    if (!body) co_return std::unexpected(body.error());
    if (!body->is_array()) {
        co_return core::fail_with_detail(Code::network_answer_invalid, "no list of peers");
    }
    std::vector<Node> nodes;
    for (const json::value& peer : elements_of(*body)) {
        Node node = to_node(peer);
        if (!node.sighting.node_id.empty()) nodes.push_back(std::move(node));
    }
    // What is known of peers that are long gone need not be kept.
    if (m_key_of_peer.size() > nodes.size() + kept_keys_max) m_key_of_peer.clear();
    if (m_keyless.size() > nodes.size() + kept_keys_max) m_keyless.clear();
    fill_keys(nodes);
    co_return nodes;
}

void NetBirdNetwork::fill_keys(std::vector<Node>& nodes) const {
    for (Node& node : nodes) {
        const auto key = m_key_of_peer.find(node.sighting.node_id);
        if (key != m_key_of_peer.end()) node.key_id = key->second;
    }
}

awaitable<Result<std::vector<AuditEvent>>> NetBirdNetwork::audit(Deadline deadline) {
    const auto body = co_await m_api.get("/api/events/audit", deadline);
    if (!body) co_return std::unexpected(body.error());
    if (!body->is_array()) {
        co_return core::fail_with_detail(Code::network_answer_invalid, "no list of events");
    }
    std::vector<AuditEvent> events = to_events(*body);
    for (const AuditEvent& event : events) {
        if (is_join_by_key(event)) m_key_of_peer[event.target_id] = event.initiator_id;
    }
    co_return events;
}

/// Asks for the events if a peer joined with a key that is not known yet. A token that may not read
/// them leaves the key unknown.
awaitable<Result<void>> NetBirdNetwork::learn_keys(std::vector<Node>& nodes, Deadline deadline) {
    const auto is_open = [&](const Node& node) {
        return node.user.empty() && !node.key_id && !m_keyless.contains(node.sighting.node_id);
    };
    if (std::ranges::none_of(nodes, is_open)) co_return Result<void>();
    const auto events = co_await audit(deadline);
    m_reads_audit = events || events.error().code != Code::network_refused;
    if (!events && m_reads_audit) co_return std::unexpected(events.error());
    fill_keys(nodes);
    const core::Timestamp patience = m_clock.now() - audit_delay_max;
    for (const Node& node : nodes) {
        const bool is_old = !node.created_at || *node.created_at < patience;
        if (events && is_old && is_open(node)) m_keyless.insert(node.sighting.node_id);
    }
    co_return Result<void>();
}

awaitable<Result<std::vector<Node>>> NetBirdNetwork::list_nodes(Deadline deadline) {
    auto nodes = co_await peers(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    const auto learned = co_await learn_keys(*nodes, deadline);
    if (!learned) co_return std::unexpected(learned.error());
    co_return nodes;
}

awaitable<Result<std::optional<Node>>> NetBirdNetwork::find_node(NodeQuery query,
                                                                 Deadline deadline) {
    if (query.node_id && !query.node_id->empty() && is_enough(query)) {
        ApiCall request;
        request.path = "/api/peers/" + percent_encode(*query.node_id);
        const auto answer = co_await m_api.call(std::move(request), deadline);
        if (!answer) co_return std::unexpected(answer.error());
        const auto body = json_of(*answer);
        if (answer->is_ok() && body) {
            std::vector<Node> found{to_node(*body)};
            fill_keys(found);
            const bool is_it = found.front().sighting.node_id == *query.node_id;
            if (is_it) co_return std::optional(std::move(found.front()));
        } else if (answer->status != 404) {
            co_return std::unexpected(answer->is_ok() ? body.error() : refusal_of(*answer));
        }
    }
    auto nodes = co_await list_nodes(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    const auto is_open = [&](const Node& node) {
        return query.key_id && node.sighting.node_id != query.node_id && is_too_new(node);
    };
    std::erase_if(*nodes, is_open);
    const Match match = match_node(query, *nodes);
    co_return match.node ? std::optional(*match.node) : std::nullopt;
}

/// No other peer can be known to have used the key: the node's id is enough to find it.
bool NetBirdNetwork::is_enough(const NodeQuery& query) const {
    if (!query.key_id) return true;
    const auto key = m_key_of_peer.find(*query.node_id);
    return key != m_key_of_peer.end() && key->second == *query.key_id;
}

bool NetBirdNetwork::is_too_new(const Node& node) const {
    return m_reads_audit && node.user.empty() && !node.key_id && node.created_at &&
           *node.created_at > m_clock.now() - audit_grace;
}

/// Different for each request, so that a key whose answer was lost can be told from all others.
std::string NetBirdNetwork::key_name(const KeyRequest& request) {
    std::array<std::byte, 6> salt{};
    m_random.fill(salt);
    return fmt::format("muster {} {}", request.device_id, base::to_hex(salt));
}

awaitable<Result<NetworkKey>> NetBirdNetwork::create_key(KeyRequest request, Deadline deadline) {
    const std::vector<std::string>& names = request.tags.empty() ? m_options.groups : request.tags;
    const auto groups = co_await m_groups.ids_of(names, deadline);
    if (!groups) co_return std::unexpected(groups.error());
    const seconds on_the_wire = std::clamp(request.lifetime, key_lifetime_min, key_lifetime_max);
    const std::string name = key_name(request);
    const json::object body{{"name", name},
                            {"type", "one-off"},
                            {"expires_in", on_the_wire.count()},
                            {"auto_groups", *groups},
                            {"usage_limit", 1},
                            {"ephemeral", false},
                            {"allow_extra_dns_labels", false}};
    const core::Timestamp expires_at = m_clock.now() + request.lifetime;
    ApiCall making = call_with_body("POST", "/api/setup-keys", body);
    making.safe_to_repeat = false;
    const auto answer = co_await m_api.json(std::move(making), deadline);
    if (!answer) {
        const Code code = answer.error().code;
        if (code != Code::network_refused && code != Code::network_rate_limited) {
            co_await forget_key(name, deadline);
        }
        co_return std::unexpected(answer.error());
    }
    const std::string id = id_member(*answer, "id");
    const std::string secret = text_member(*answer, "key");
    if (id.empty() || secret.empty() || secret.contains('*')) {
        co_return core::fail_with_detail(Code::network_answer_invalid,
                                         "netbird made a key and did not show it");
    }
    const auto dies_at = time_member(*answer, "expires");
    co_return NetworkKey{id, base::Secret(secret),
                         std::min(expires_at, dies_at.value_or(expires_at))};
}

/// The answer to its making was lost, and nobody will ever know it: it need not stay.
awaitable<void> NetBirdNetwork::forget_key(std::string key_name, Deadline deadline) {
    const auto keys = co_await m_api.get("/api/setup-keys", deadline);
    if (!keys) co_return;
    for (const json::value& key : elements_of(*keys)) {
        if (text_member(key, "name") != key_name) continue;
        const auto forgotten = co_await revoke_key(id_member(key, "id"), deadline);
        if (!forgotten) co_return;  // it expires by itself
    }
}

awaitable<Result<void>> NetBirdNetwork::revoke_key(std::string key_id, Deadline deadline) {
    if (key_id.empty()) co_return Result<void>();
    const auto answer = co_await m_api.call(
        call_without_body("DELETE", "/api/setup-keys/" + percent_encode(key_id)), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->is_ok() || answer->status == 404) co_return Result<void>();
    co_return std::unexpected(refusal_of(*answer));
}

awaitable<Result<void>> NetBirdNetwork::remove_node(std::string node_id, Deadline deadline) {
    if (node_id.empty()) co_return Result<void>();
    const auto answer = co_await m_api.call(
        call_without_body("DELETE", "/api/peers/" + percent_encode(node_id)), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->is_ok() || answer->status == 404) co_return Result<void>();
    core::Error refusal = refusal_of(*answer);
    if (answer->status == 412) {
        refusal.detail +=
            "; a service or an ingress port of NetBird uses this peer: it has to be"
            " taken away there first";
    }
    co_return std::unexpected(std::move(refusal));
}

awaitable<Result<void>> NetBirdNetwork::push_trust(std::vector<TrustMark> marks,
                                                   seconds /*lifetime*/, Deadline deadline) {
    if (!enforces_trust()) {
        co_return core::fail_with_detail(Code::network_refused, "trust groups are off");
    }
    Groups::Levels wanted;
    for (TrustMark& mark : marks) wanted[std::move(mark.node_id)] = mark.level;
    co_return co_await m_groups.push(std::move(wanted), deadline);
}

awaitable<Result<EventPage>> NetBirdNetwork::events_since(std::string cursor, Deadline deadline) {
    const auto events = co_await audit(deadline);
    if (!events) co_return std::unexpected(events.error());
    EventPage page = page_after(cursor, *events);
    if (!page.events.empty() && page.events.front().type == gap_event) {
        base::log(base::LogLevel::warning, "netbird_events_missed",
                  {{"after", cursor}, {"cursor", page.cursor}});
    }
    co_return page;
}

awaitable<Result<Probe>> NetBirdNetwork::probe(Deadline deadline) {
    const auto accounts = co_await m_api.get("/api/accounts", deadline);
    if (!accounts) co_return std::unexpected(accounts.error());
    const auto nodes = co_await peers(deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    const auto listed = elements_of(*accounts);
    const json::value account = listed.empty() ? json::value() : listed.front();
    std::string name = text_member(account, "domain");
    if (name.empty()) name = id_member(account, "id");
    Probe probe;
    probe.description = fmt::format("netbird account {}, {} peers", name, nodes->size());
    const json::value& extra = member_of(member_of(account, "settings"), "extra");
    probe.warnings = co_await warnings(bool_member(extra, "peer_approval_enabled"), deadline);
    co_return probe;
}

awaitable<std::vector<std::string>> NetBirdNetwork::warnings(bool has_approval, Deadline deadline) {
    std::vector<std::string> found;
    const auto user = co_await m_api.get("/api/users/current", deadline);
    if (user) {
        const auto missing = missing_rights(*user, m_options.trust_groups);
        if (!missing.empty()) {
            found.push_back(fmt::format("the token may not {}: give its user the role admin",
                                        fmt::join(missing, ", ")));
        }
    }
    if (has_approval) {
        found.emplace_back(
            "peer approval is on: NetBird's cloud keeps new peers out until an admin approves them;"
            " open-source servers ignore the setting");
    }
    if (!m_options.trust_groups) co_return found;
    const auto policies = co_await m_api.get("/api/policies", deadline);
    if (policies && has_open_policy(*policies)) {
        found.emplace_back(
            "a policy lets all peers reach all peers: while it is enabled, trust groups change"
            " nothing");
    }
    co_return found;
}

}  // namespace

std::unique_ptr<Network> make_netbird(NetBirdOptions options, const base::Clock& clock,
                                      base::Random& random) {
    return std::make_unique<NetBirdNetwork>(std::move(options), clock, random);
}

}  // namespace muster::networks
