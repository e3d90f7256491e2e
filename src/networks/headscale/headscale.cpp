// Headscale's API v1 behind the Network interface.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/headscale.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/log.hpp"
#include "networks/headscale/keys.hpp"
#include "networks/match.hpp"
#include "networks/members.hpp"
#include "networks/side_by_side.hpp"
#include "networks/turnstile.hpp"

namespace muster::networks {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using namespace headscale;
using asio::awaitable;
using core::Code;
using core::Result;

/// How long no trust is pushed after the policy turned out not to know our tags.
constexpr std::chrono::minutes enforcement_pause{15};
/// Headscale keeps each writer waiting for up to a second, to store what came meanwhile with it.
constexpr std::size_t tag_writes_at_once = 8;

/// A level that its node has yet to be tagged with.
struct TagWrite {
    std::string node_id;
    std::vector<std::string> tags;  ///< all that the node is to have
};

class HeadscaleNetwork final : public Network {
public:
    HeadscaleNetwork(HeadscaleOptions options, const base::Clock& clock, base::Random& random)
        : m_options(std::move(options)),
          m_clock(clock),
          m_server(m_options, clock, random),
          m_keys(m_server, m_options, clock) {}

    std::string_view name() const override { return "headscale"; }
    ApiHealth health() const override { return m_server.api.health(); }
    awaitable<Result<Probe>> probe(Deadline deadline) override;
    awaitable<Result<NetworkKey>> create_key(KeyRequest request, Deadline deadline) override {
        return m_keys.create(std::move(request), deadline);
    }
    awaitable<Result<void>> revoke_key(std::string key_id, Deadline deadline) override {
        return m_keys.revoke(std::move(key_id), deadline);
    }
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
    awaitable<Result<bool>> has_node(std::string node_id, Deadline deadline);
    awaitable<Result<std::vector<TagWrite>>> tag_writes(std::vector<TrustMark> marks,
                                                        Deadline deadline);
    awaitable<void> write_tags(const TagWrite& write, Result<void>& outcome, Deadline deadline);
    awaitable<core::Error> judge_refused_tags(core::Error refusal, Deadline deadline);
    awaitable<std::vector<std::string>> warnings(Version version, Deadline deadline);

    HeadscaleOptions m_options;
    const base::Clock& m_clock;
    Server m_server;
    Keys m_keys;
    Turnstile m_tag_writes;
    core::Timestamp m_enforcement_paused_until{};
};

awaitable<Result<std::optional<Node>>> HeadscaleNetwork::find_node(NodeQuery query,
                                                                   Deadline deadline) {
    if (query.node_id && is_id(*query.node_id)) {
        const auto body = co_await m_server.api.get("/api/v1/node/" + *query.node_id, deadline);
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
    const auto body = co_await m_server.api.get("/api/v1/node", deadline);
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
    ApiCall expiry = call_with_body("POST", "/api/v1/node/" + node_id + "/expire", {});
    expiry.safe_to_repeat = false;  // an unknown node is a 500 up to 0.29, and no reason to wait
    const auto expired = co_await m_server.api.call(std::move(expiry), deadline);
    if (!expired && !says_little(expired.error())) co_return std::unexpected(expired.error());
    ApiCall removal = call_without_body("DELETE", "/api/v1/node/" + node_id);
    const auto removed = co_await m_server.api.call(std::move(removal), deadline);
    if (removed && (removed->is_ok() || removed->status == 404)) co_return Result<void>();
    const core::Error failure = removed ? refusal_of(*removed) : removed.error();
    if (!removed && !says_little(failure)) co_return std::unexpected(failure);
    const auto is_left = co_await has_node(node_id, deadline);
    if (is_left && !*is_left) co_return Result<void>();
    co_return std::unexpected(failure);
}

awaitable<Result<void>> HeadscaleNetwork::push_trust(std::vector<TrustMark> marks,
                                                     std::chrono::seconds /*lifetime*/,
                                                     Deadline deadline) {
    if (!enforces_trust()) {
        co_return core::fail_with_detail(Code::network_refused,
                                         "trust tags are off, or the policy does not know them");
    }
    const auto turn = co_await m_tag_writes.enter(deadline);
    if (!turn) co_return core::fail_with_detail(Code::network_timeout, "waited for other tags");
    const auto writes = co_await tag_writes(std::move(marks), deadline);
    if (!writes) co_return std::unexpected(writes.error());
    Result<void> outcome;
    std::vector<SideTask> tasks;
    for (const TagWrite& write : *writes) {
        const TagWrite* const one = &write;
        tasks.emplace_back(
            [this, &outcome, one, deadline] { return write_tags(*one, outcome, deadline); });
    }
    co_await run_side_by_side(std::move(tasks), tag_writes_at_once);
    co_return outcome;
}

/// Where a node has no tag the first one would take it from its user for good: such nodes are left
/// alone.
awaitable<Result<std::vector<TagWrite>>> HeadscaleNetwork::tag_writes(std::vector<TrustMark> marks,
                                                                      Deadline deadline) {
    const auto known = co_await m_server.version(deadline);
    if (!known) co_return std::unexpected(known.error());
    const auto body = co_await m_server.api.get("/api/v1/node", deadline);
    if (!body) co_return std::unexpected(body.error());
    std::unordered_map<std::string, std::vector<std::string>> tags;
    for (const json::value& node : list_member(*body, "nodes")) {
        tags.emplace(id_member(node, "id"), writable_tags(node));
    }
    std::int64_t left_alone = 0;
    std::vector<TagWrite> writes;
    for (TrustMark& mark : marks) {
        const auto node = tags.find(mark.node_id);
        if (node == tags.end()) continue;
        if (node->second.empty() && *known >= tags_own_nodes) {
            ++left_alone;
            continue;
        }
        std::ranges::sort(node->second);
        std::vector<std::string> wanted = with_trust_tag(node->second, mark.level);
        if (wanted == node->second) continue;
        writes.push_back({std::move(mark.node_id), std::move(wanted)});
    }
    if (left_alone > 0) {
        base::log(base::LogLevel::warning, "headscale_untagged_nodes_left_alone",
                  {{"nodes", left_alone}});
    }
    co_return writes;
}

/// The first failure of all writes is their outcome.
awaitable<void> HeadscaleNetwork::write_tags(const TagWrite& write, Result<void>& outcome,
                                             Deadline deadline) {
    if (!enforces_trust()) co_return;  // another write has found out that the policy lacks them
    const json::object body{{"tags", to_json(write.tags)}};
    const auto answer = co_await m_server.api.call(
        call_with_body("POST", "/api/v1/node/" + write.node_id + "/tags", body), deadline);
    Result<void> written;
    if (!answer) {
        written = std::unexpected(answer.error());
    } else if (!answer->is_ok() && answer->status != 404) {
        core::Error refusal = refusal_of(*answer);
        if (answer->status == 400) {
            refusal = co_await judge_refused_tags(std::move(refusal), deadline);
        }
        written = std::unexpected(std::move(refusal));
    }
    if (!written && outcome) outcome = std::move(written);
}

/// If it is the policy that has no owners for our tags, no further node is tried for a while.
awaitable<core::Error> HeadscaleNetwork::judge_refused_tags(core::Error refusal,
                                                            Deadline deadline) {
    const auto policy = co_await m_server.api.get("/api/v1/policy", deadline);
    if (!policy) co_return refusal;
    const std::vector<std::string> ours = {trust_tag(core::TrustLevel::high),
                                           trust_tag(core::TrustLevel::medium),
                                           trust_tag(core::TrustLevel::low)};
    const auto missing = tags_without_owners(text_member(*policy, "policy"), ours);
    if (missing.empty()) co_return refusal;
    const bool is_news = enforces_trust();  // of several writes one is the first to find out
    m_enforcement_paused_until = m_clock.now() + enforcement_pause;
    refusal.detail =
        fmt::format("the policy's tagOwners lack {}: no trust is pushed for {} minutes",
                    fmt::join(missing, ", "), enforcement_pause.count());
    if (is_news) {
        base::log(base::LogLevel::warning, "headscale_trust_tags_unknown",
                  {{"reason", refusal.detail}});
    }
    co_return refusal;
}

awaitable<Result<EventPage>> HeadscaleNetwork::events_since(std::string cursor,
                                                            Deadline /*deadline*/) {
    co_return EventPage{{}, cursor.empty() ? "0" : std::move(cursor)};
}

awaitable<Result<Probe>> HeadscaleNetwork::probe(Deadline deadline) {
    m_server.forget_version();
    const auto known = co_await m_server.version(deadline);
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
        const auto user = co_await m_server.user_id(deadline);
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
    const auto policy = co_await m_server.api.get("/api/v1/policy", deadline);
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
