// The rules here are the same for every client.
// SPDX-License-Identifier: Apache-2.0
#include "agent/joining.hpp"

#include "agent/client_words.hpp"
#include "agent/json_fields.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

/// Certificates and keys are good or bad by more than this.
constexpr seconds clock_tolerance{300};

const ClientNames& names_of(std::string_view network) {
    if (network == "netbird") return netbird_names;
    return network == "headscale" ? headscale_names : tailscale_names;
}

std::string in_words(seconds time) {
    using std::chrono::duration_cast;
    if (time >= std::chrono::days(2))
        return std::to_string(duration_cast<std::chrono::days>(time).count()) + " days";
    if (time >= std::chrono::hours(2))
        return std::to_string(duration_cast<std::chrono::hours>(time).count()) + " hours";
    return std::to_string(duration_cast<std::chrono::minutes>(time).count()) + " minutes";
}

}  // namespace

NetworkOffer read_offer(const json::object& answer) {
    NetworkOffer offer;
    offer.network = text_of(answer, "network", "none");
    offer.key = base::Secret(text_of(answer, "tailscale_auth_key"));
    offer.network_url = text_of(answer, "network_url");
    return offer;
}

std::expected<void, JoinFailure> join_offered(NetworkClient& client, const NetworkOffer& offer,
                                              const AgentState& state,
                                              const std::filesystem::path& state_folder,
                                              const Pace& pace) {
    const ClientNames& names = names_of(offer.network);
    if (offer.network == "headscale" && offer.network_url.empty())
        return std::unexpected(explain(JoinFault::no_address, names, ""));
    const auto standing = client.look(pace);
    if (!standing) return std::unexpected(standing.error());
    if (standing->is_member && !has_begun(state_folder, state))
        return std::unexpected(explain(JoinFault::other_network, names, standing->where));
    if (!standing->is_member && offer.key.reveal().empty())
        return std::unexpected(explain(JoinFault::no_key, names, ""));
    save_joining(state_folder, state);
    auto joined = client.join({offer.key, state.hostname, offer.network_url, state_folder}, pace);
    // The clients take keys out themselves where they expect one; this is for where they do not.
    if (!joined) joined.error().message = without_keys(joined.error().message, offer.key);
    return joined;
}

JoinFailure consider_clock(JoinFailure failure, seconds ahead) {
    const bool may_be_the_clock =
        failure.fault == JoinFault::clock_off || failure.fault == JoinFault::unreachable ||
        failure.fault == JoinFault::timed_out || failure.fault == JoinFault::failed;
    if (!may_be_the_clock || std::chrono::abs(ahead) <= clock_tolerance) return failure;
    failure.message += "; this device's clock is " + in_words(std::chrono::abs(ahead)) +
                       (ahead > seconds(0) ? " ahead of" : " behind") + " the server's";
    failure.hint = explain(JoinFault::clock_off, tailscale_names, "").hint;
    failure.fault = JoinFault::clock_off;
    return failure;
}

}  // namespace muster::agent
