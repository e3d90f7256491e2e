// Verifies before it parses.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/webhook.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "networks/control_api.hpp"

namespace muster::networks {
namespace json = boost::json;
using core::Code;
using std::chrono::seconds;
namespace {

constexpr std::size_t signatures_max = 8;  ///< while a secret is rotated there are two
constexpr std::size_t events_max = 1000;
constexpr std::size_t json_depth_max = 32;

struct Signature {
    std::string_view time;  ///< as it was signed
    seconds at{0};
    std::vector<std::string_view> digests;  ///< hex
};

/// "t=1690000000,v1=hex,v1=hex"; parts of other names are for other readers.
std::optional<Signature> parse_signature(std::string_view header) {
    Signature signature;
    while (!header.empty()) {
        const std::string_view part = header.substr(0, header.find(','));
        header.remove_prefix(std::min(part.size() + 1, header.size()));
        if (part.starts_with("t=") && signature.time.empty()) signature.time = part.substr(2);
        if (part.starts_with("v1=")) signature.digests.push_back(part.substr(3));
        if (signature.digests.size() > signatures_max) return std::nullopt;
    }
    std::int64_t count = 0;
    const char* end = signature.time.data() + signature.time.size();
    const auto [rest, error] = std::from_chars(signature.time.data(), end, count);
    constexpr std::int64_t year_10000 = 253'402'300'800;
    if (error != std::errc() || rest != end || count < 0 || count >= year_10000) {
        return std::nullopt;
    }
    signature.at = seconds(count);
    return signature;
}

/// Each is compared to its end: how long it takes says nothing about which one was close.
bool is_signed(const Signature& signature, std::string_view body, const std::string& secret) {
    const crypto::Sha256 expected =
        crypto::hmac_sha256(base::bytes_of(secret), fmt::format("{}.{}", signature.time, body));
    const std::string hex = base::to_hex(expected);
    bool is_any = false;
    for (const std::string_view digest : signature.digests) {
        const bool is_equal =
            crypto::equal_in_constant_time(base::bytes_of(digest), base::bytes_of(hex));
        is_any = is_any || is_equal;
    }
    return is_any;
}

NetworkEvent::Kind kind_of(std::string_view type) {
    using Kind = NetworkEvent::Kind;
    static constexpr std::array<std::string_view, 8> changes{"nodeNeedsApproval",
                                                             "nodeApproved",
                                                             "nodeKeyExpiringInOneDay",
                                                             "nodeKeyExpired",
                                                             "nodeSigned",
                                                             "nodeNeedsSignature",
                                                             "nodeAuthorized",
                                                             "nodeNeedsAuthorization"};
    if (type == "nodeCreated") return Kind::node_joined;
    if (type == "nodeDeleted") return Kind::node_removed;
    return std::ranges::count(changes, type) > 0 ? Kind::node_changed : Kind::other;
}

NetworkEvent parse_event(const json::value& item) {
    NetworkEvent event;
    event.type = text_member(item, "type");
    event.kind = kind_of(event.type);
    event.at = time_member(item, "timestamp");
    const json::object* members = item.if_object();
    const json::value* data = members != nullptr ? members->if_contains("data") : nullptr;
    std::string id = data != nullptr ? id_member(*data, "nodeID") : std::string();
    if (!id.empty()) event.node_id = std::move(id);
    return event;
}

core::Result<std::vector<NetworkEvent>> parse_events(std::string_view body) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    boost::system::error_code error;
    const json::value value = json::parse(body, error, {}, options);
    if (error || !value.is_array()) {
        return core::fail_with_detail(Code::invalid_json, "a delivery that is no JSON array");
    }
    if (value.get_array().size() > events_max) {
        return core::fail_with_detail(Code::invalid_json, "a delivery of too many events");
    }
    std::vector<NetworkEvent> events;
    for (const json::value& item : value.get_array()) events.push_back(parse_event(item));
    return events;
}

std::unexpected<core::Error> refuse(const char* why) {
    return core::fail_with_detail(Code::invalid_authentication, why);
}

}  // namespace

TailscaleWebhook::TailscaleWebhook(TailscaleWebhookOptions options)
    : m_options(std::move(options)) {}

core::Result<TailscaleDelivery> TailscaleWebhook::read(std::string_view signature_header,
                                                       std::string_view body,
                                                       core::Timestamp now) const {
    const std::string& secret = m_options.secret.reveal();
    if (secret.empty()) return refuse("no webhook secret is set");
    const auto signature = parse_signature(signature_header);
    if (!signature) return refuse("no readable signature");
    if (!is_signed(*signature, body, secret)) return refuse("wrong signature");
    const core::Timestamp at(signature->at);
    if (at < now - m_options.age_max) return refuse("signed too long ago");
    if (at > now + m_options.ahead_max) return refuse("signed in the future");
    TailscaleDelivery delivery;
    delivery.digest = crypto::sha256_hex(body);
    delivery.is_repeated = m_taken.contains(delivery.digest);
    if (delivery.is_repeated) return delivery;
    auto events = parse_events(body);
    if (!events) return std::unexpected(std::move(events.error()));
    delivery.events = std::move(*events);
    return delivery;
}

void TailscaleWebhook::take(const TailscaleDelivery& delivery) {
    if (!m_taken.insert(delivery.digest).second) return;
    m_order.push_back(delivery.digest);
    if (m_order.size() <= m_options.remembered_max) return;
    m_taken.erase(m_order.front());
    m_order.pop_front();
}

}  // namespace muster::networks
