// Tailscale's API behind the Network interface.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/tailscale.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "networks/match.hpp"
#include "networks/tailscale/credentials.hpp"
#include "networks/tailscale/devices.hpp"
#include "networks/tailscale/keys.hpp"
#include "networks/tailscale/posture.hpp"

namespace muster::networks {
namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;
namespace {

/// Losses beyond are forgotten: such a key runs out by itself.
constexpr std::size_t lost_keys_max = 1000;
constexpr std::size_t given_keys_max = 10'000;
/// The API's clock may be that far behind ours.
constexpr std::chrono::minutes clock_skew_max{5};

bool is_unknown_effect(const core::Error& error) {
    return error.code != Code::network_rate_limited && error.code != Code::network_refused;
}

class Tailscale final : public Network {
public:
    Tailscale(TailscaleOptions options, const base::Clock& clock, base::Random& random)
        : m_options(std::move(options)),
          m_clock(clock),
          m_api("tailscale", m_options.api, random),
          m_credentials(m_options, m_api, clock),
          m_tailnet("/tailnet/" + percent_encode(m_options.tailnet)),
          m_posture(m_options, m_credentials, clock) {}

    std::string_view name() const override { return "tailscale"; }
    ApiHealth health() const override { return m_api.health(); }
    asio::awaitable<core::Result<Probe>> probe(Deadline deadline) override;
    asio::awaitable<core::Result<NetworkKey>> create_key(KeyRequest request,
                                                         Deadline deadline) override;
    asio::awaitable<core::Result<void>> revoke_key(std::string key_id, Deadline deadline) override;
    asio::awaitable<core::Result<std::optional<Node>>> find_node(NodeQuery query,
                                                                 Deadline deadline) override;
    asio::awaitable<core::Result<void>> remove_node(std::string node_id,
                                                    Deadline deadline) override;
    asio::awaitable<core::Result<std::vector<Node>>> list_nodes(Deadline deadline) override {
        return list("", deadline);
    }
    bool enforces_trust() const override { return m_posture.is_on(); }
    asio::awaitable<core::Result<void>> push_trust(std::vector<TrustMark> marks,
                                                   std::chrono::seconds lifetime,
                                                   Deadline deadline) override {
        return m_posture.push(std::move(marks), lifetime, deadline);
    }
    bool has_events() const override { return false; }
    asio::awaitable<core::Result<EventPage>> events_since(std::string cursor, Deadline) override {
        co_return EventPage{{}, cursor.empty() ? "0" : std::move(cursor)};
    }

private:
    asio::awaitable<core::Result<ApiAnswer>> ask(std::string method, std::string path,
                                                 Deadline deadline) {
        ApiCall call{.method = std::move(method), .path = std::move(path)};
        return m_credentials.call(std::move(call), deadline);
    }
    asio::awaitable<core::Result<json::value>> get(std::string path, Deadline deadline);
    asio::awaitable<core::Result<std::vector<Node>>> list(std::string query, Deadline deadline);
    asio::awaitable<core::Result<std::optional<Node>>> find_by_id(std::string node_id,
                                                                  Deadline deadline);
    asio::awaitable<core::Result<std::optional<Node>>> find_by_hostname(NodeQuery query,
                                                                        Deadline deadline);
    asio::awaitable<bool> is_refused(std::string path, Deadline deadline);
    asio::awaitable<void> heal_lost_key(std::string description, Deadline deadline);
    void remember_lost(const std::string& description, core::Timestamp asked_at);
    void remember_given(const std::string& key_id);
    std::vector<std::string> missing_scopes() const;

    TailscaleOptions m_options;
    const base::Clock& m_clock;
    ControlApi m_api;
    TailscaleCredentials m_credentials;
    std::string m_tailnet;  ///< its path
    TailscalePosture m_posture;
    /// Descriptions of keys whose answers never came, and when they were asked for.
    std::map<std::string, core::Timestamp> m_lost;
    std::deque<std::string> m_given;  ///< ids of the last keys that were handed out
};

asio::awaitable<core::Result<json::value>> Tailscale::get(std::string path, Deadline deadline) {
    const core::Result<ApiAnswer> answer = co_await ask("GET", std::move(path), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (!answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    co_return json_of(*answer);
}

asio::awaitable<core::Result<std::vector<Node>>> Tailscale::list(std::string query,
                                                                 Deadline deadline) {
    const core::Result<json::value> answer = co_await get(m_tailnet + "/devices" + query, deadline);
    if (!answer) co_return std::unexpected(answer.error());
    co_return nodes_of_devices(*answer, m_clock.now());
}

// Nodes.

asio::awaitable<core::Result<std::optional<Node>>> Tailscale::find_node(NodeQuery query,
                                                                        Deadline deadline) {
    // Devices don't tell the key that they joined with, so the search begins with the node.
    if (query.node_id && !query.node_id->empty()) {
        core::Result<std::optional<Node>> bound = co_await find_by_id(*query.node_id, deadline);
        if (!bound || *bound) co_return bound;
    }
    if (!query.hostname || query.hostname->empty() || !query.key_created_at) {
        co_return std::optional<Node>();
    }
    co_return co_await find_by_hostname(std::move(query), deadline);
}

asio::awaitable<core::Result<std::optional<Node>>> Tailscale::find_by_id(std::string node_id,
                                                                         Deadline deadline) {
    const core::Result<ApiAnswer> answer =
        co_await ask("GET", "/device/" + percent_encode(node_id), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status == 404) co_return std::optional<Node>();
    if (!answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    const core::Result<json::value> device = json_of(*answer);
    if (!device) co_return std::unexpected(device.error());
    if (is_external_device(*device)) co_return std::optional<Node>();
    Node node = node_of_device(*device, m_clock.now());
    if (node.sighting.node_id.empty()) {
        co_return core::fail_with_detail(Code::network_answer_invalid, "a device without an id");
    }
    co_return std::optional(std::move(node));
}

/// The API's filter is exact: asked as announced and, where that differs, in lower case.
asio::awaitable<core::Result<std::optional<Node>>> Tailscale::find_by_hostname(NodeQuery query,
                                                                               Deadline deadline) {
    query.node_id.reset();
    query.key_id.reset();
    std::string lower = *query.hostname;
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    std::set<std::string> spellings{*query.hostname, std::move(lower)};
    std::vector<Node> nodes;
    for (const std::string& spelling : spellings) {
        core::Result<std::vector<Node>> found =
            co_await list("?hostname=" + percent_encode(spelling), deadline);
        if (!found) co_return std::unexpected(found.error());
        std::ranges::move(*found, std::back_inserter(nodes));
    }
    // An API without the filter answers both questions with everything.
    const auto by_id = [](const Node& node) -> const std::string& { return node.sighting.node_id; };
    std::ranges::sort(nodes, {}, by_id);
    const auto repeated = std::ranges::unique(nodes, {}, by_id);
    nodes.erase(repeated.begin(), repeated.end());
    const Match match = match_node(query, nodes);
    co_return match.node != nullptr ? std::optional(*match.node) : std::nullopt;
}

asio::awaitable<core::Result<void>> Tailscale::remove_node(std::string node_id, Deadline deadline) {
    const core::Result<ApiAnswer> answer =
        co_await ask("DELETE", "/device/" + percent_encode(node_id), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->is_ok() || answer->status == 404) co_return core::Result<void>();
    core::Error refusal = refusal_of(*answer);
    if (answer->status == 501) {
        refusal.detail +=
            "; the device belongs to another tailnet and is shared in: end the share"
            " there or in the admin console";
    }
    co_return std::unexpected(std::move(refusal));
}

// Keys.

asio::awaitable<core::Result<NetworkKey>> Tailscale::create_key(KeyRequest request,
                                                                Deadline deadline) {
    if (request.tags.empty()) request.tags = m_options.tags;
    if (request.tags.empty() && m_credentials.is_oauth()) {
        co_return core::fail_with_detail(
            Code::network_refused,
            "an OAuth client makes keys with tags only, and neither the request nor the"
            " connection names any");
    }
    const std::string description = key_description(request.device_id);
    if (m_lost.contains(description)) co_await heal_lost_key(description, deadline);
    const core::Timestamp asked_at = m_clock.now();
    ApiCall call{.method = "POST", .path = m_tailnet + "/keys"};
    call.body = key_request_body(request);
    const core::Result<ApiAnswer> answer = co_await m_credentials.call(std::move(call), deadline);
    if (!answer) {
        if (is_unknown_effect(answer.error())) remember_lost(description, asked_at);
        co_return std::unexpected(answer.error());
    }
    if (!answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    core::Result<NetworkKey> key = parse_key(*answer, asked_at + request.lifetime);
    if (key) {
        remember_given(key->id);
    } else {
        remember_lost(description, asked_at);
    }
    co_return key;
}

void Tailscale::remember_lost(const std::string& description, core::Timestamp asked_at) {
    if (m_lost.size() < lost_keys_max) m_lost.emplace(description, asked_at);
}

void Tailscale::remember_given(const std::string& key_id) {
    m_given.push_back(key_id);
    if (m_given.size() > given_keys_max) m_given.pop_front();
}

/// Deletes what a lost answer left behind. What fails here is left to the key's own end.
asio::awaitable<void> Tailscale::heal_lost_key(std::string description, Deadline deadline) {
    const core::Result<json::value> answer = co_await get(m_tailnet + "/keys", deadline);
    const auto lost = m_lost.find(description);  // another call may have been faster
    if (!answer || lost == m_lost.end()) co_return;
    const core::Timestamp since = lost->second - clock_skew_max;
    m_lost.erase(lost);
    for (const std::string& id : unused_keys(*answer, description, since)) {
        if (std::ranges::count(m_given, id) > 0) continue;
        const core::Result<void> revoked = co_await revoke_key(id, deadline);
        if (revoked) base::log(base::LogLevel::info, "lost_network_key_revoked", {{"key", id}});
    }
}

asio::awaitable<core::Result<void>> Tailscale::revoke_key(std::string key_id, Deadline deadline) {
    const std::string path = m_tailnet + "/keys/" + percent_encode(key_id);
    const core::Result<ApiAnswer> answer = co_await ask("DELETE", path, deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->is_ok() || answer->status == 404) co_return core::Result<void>();
    if (answer->status == 401 || answer->status == 403) {
        co_return std::unexpected(refusal_of(*answer));
    }
    // Whether a key that is used or revoked may be deleted is not documented: is it good still?
    const core::Result<ApiAnswer> key = co_await ask("GET", path, deadline);
    const bool is_gone = key && (key->status == 404 || (key->is_ok() && is_invalid_key(*key)));
    if (is_gone) co_return core::Result<void>();
    co_return std::unexpected(refusal_of(*answer));
}

// The credentials' test.

asio::awaitable<core::Result<Probe>> Tailscale::probe(Deadline deadline) {
    const core::Result<std::vector<Node>> nodes = co_await list("", deadline);
    if (!nodes) co_return std::unexpected(nodes.error());
    Probe probe;
    const std::string domain = nodes->empty() ? std::string() : domain_of(nodes->front().name);
    probe.description = fmt::format("tailnet {}, {} devices",
                                    domain.empty() ? m_options.tailnet : domain, nodes->size());
    if (m_credentials.is_oauth() && m_options.tags.empty()) {
        probe.warnings.emplace_back(
            "no tags: an OAuth client makes tagged keys only; name the tags of new devices");
    }
    for (const std::string& scope : missing_scopes()) {
        probe.warnings.push_back("the OAuth client lacks the scope " + scope);
    }
    const bool has_keys_refused = co_await is_refused(m_tailnet + "/keys", deadline);
    if (has_keys_refused) {
        probe.warnings.emplace_back("keys are refused: no keys can be made (scope auth_keys)");
    }
    if (m_options.posture_attribute.empty() || nodes->empty()) co_return probe;
    const bool has_posture_refused = co_await is_refused(
        "/device/" + percent_encode(nodes->front().sighting.node_id) + "/attributes", deadline);
    if (has_posture_refused) {
        probe.warnings.push_back(
            fmt::format("posture attributes are refused: {} can't be written (scope"
                        " devices:posture_attributes, and a billing plan that has them)",
                        m_options.posture_attribute));
    }
    co_return probe;
}

asio::awaitable<bool> Tailscale::is_refused(std::string path, Deadline deadline) {
    const core::Result<json::value> answer = co_await get(std::move(path), deadline);
    co_return !answer && answer.error().code == Code::network_refused;
}

std::vector<std::string> Tailscale::missing_scopes() const {
    const std::vector<std::string>& scopes = m_credentials.scopes();
    const auto has = [&](std::string_view scope) { return std::ranges::count(scopes, scope) > 0; };
    std::vector<std::string> missing;
    if (scopes.empty() || has("all")) return missing;
    for (const char* scope : {"devices:core", "auth_keys"}) {
        if (!has(scope)) missing.emplace_back(scope);
    }
    const bool needs_posture = !m_options.posture_attribute.empty();
    if (needs_posture && !has("devices:posture_attributes")) {
        missing.emplace_back("devices:posture_attributes");
    }
    return missing;
}

}  // namespace

std::unique_ptr<Network> make_tailscale(TailscaleOptions options, const base::Clock& clock,
                                        base::Random& random) {
    return std::make_unique<Tailscale>(std::move(options), clock, random);
}

}  // namespace muster::networks
