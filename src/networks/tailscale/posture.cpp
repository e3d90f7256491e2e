// Writes levels in batches, and knows when to stop.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/posture.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/log.hpp"

namespace muster::networks {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::size_t batch_size_max = 200;

std::string to_rfc3339(core::Timestamp at) {
    std::string text = core::to_text(std::chrono::floor<std::chrono::seconds>(at));
    return text.substr(0, 19) + "Z";
}

}  // namespace

TailscalePosture::TailscalePosture(const TailscaleOptions& options,
                                   TailscaleCredentials& credentials, const base::Clock& clock)
    : m_credentials(credentials),
      m_clock(clock),
      m_tailnet("/tailnet/" + percent_encode(options.tailnet)),
      m_attribute(options.posture_attribute),
      m_pause(options.posture_pause) {}

bool TailscalePosture::is_on() const {
    return !m_attribute.empty() && m_clock.now() >= m_off_until;
}

asio::awaitable<core::Result<void>> TailscalePosture::push(std::vector<TrustMark> marks,
                                                           std::chrono::seconds lifetime,
                                                           Deadline deadline) {
    if (!is_on()) {
        co_return core::fail_with_detail(core::Code::network_refused,
                                         "posture attributes are switched off");
    }
    const core::Timestamp expiry = m_clock.now() + lifetime;
    std::deque<Batch> rest;
    for (Batch all(marks); !all.empty();) {
        rest.push_back(all.first(std::min(all.size(), batch_size_max)));
        all = all.subspan(rest.back().size());
    }
    while (!rest.empty()) {
        const Batch batch = rest.front();
        rest.pop_front();
        core::Result<ApiAnswer> answer = co_await patch(batch, expiry, deadline);
        if (!answer) co_return std::unexpected(answer.error());
        if (answer->is_ok()) continue;
        core::Result<void> judged = co_await judge(batch, std::move(*answer), rest, deadline);
        if (!judged) co_return judged;
    }
    co_return core::Result<void>();
}

asio::awaitable<core::Result<ApiAnswer>> TailscalePosture::patch(Batch batch,
                                                                 core::Timestamp expiry,
                                                                 Deadline deadline) {
    json::object nodes;
    for (const TrustMark& mark : batch) {
        json::object value{{"value", core::to_text(mark.level)}, {"expiry", to_rfc3339(expiry)}};
        nodes[mark.node_id] = json::object{{m_attribute, std::move(value)}};
    }
    json::object body{{"nodes", std::move(nodes)}, {"comment", "trust levels of Muster"}};
    ApiCall call{.method = "PATCH", .path = m_tailnet + "/device-attributes"};
    call.body = json::serialize(body);
    call.safe_to_repeat = true;  // it says what is to be, not what is to change
    co_return co_await m_credentials.call(std::move(call), deadline);
}

/// A batch with a node that is gone may be refused as a whole: halves find out which one it is.
asio::awaitable<core::Result<void>> TailscalePosture::judge(Batch batch, ApiAnswer answer,
                                                            std::deque<Batch>& rest,
                                                            Deadline deadline) {
    if (answer.status == 402 || answer.status == 403) {
        co_return std::unexpected(switch_off(answer, "its plan or the credentials don't allow it"));
    }
    if (answer.status != 400 && answer.status != 404) co_return std::unexpected(refusal_of(answer));
    if (batch.size() == 1) {
        std::string node_id = batch.front().node_id;
        co_return co_await judge_missing(std::move(node_id), std::move(answer), deadline);
    }
    const std::size_t half = batch.size() / 2;
    rest.push_front(batch.subspan(half));
    rest.push_front(batch.first(half));
    co_return core::Result<void>();
}

asio::awaitable<core::Result<void>> TailscalePosture::judge_missing(std::string node_id,
                                                                    ApiAnswer answer,
                                                                    Deadline deadline) {
    ApiCall look{.method = "GET", .path = "/device/" + percent_encode(node_id)};
    const core::Result<ApiAnswer> device = co_await m_credentials.call(std::move(look), deadline);
    if (!device) co_return std::unexpected(device.error());
    if (device->status == 404) co_return core::Result<void>();
    if (answer.status == 404) {
        co_return std::unexpected(switch_off(answer, "it knows no posture attributes"));
    }
    co_return std::unexpected(refusal_of(answer));
}

core::Error TailscalePosture::switch_off(const ApiAnswer& answer, std::string_view reason) {
    m_off_until = m_clock.now() + m_pause;
    core::Error refusal = refusal_of(answer);
    base::log(base::LogLevel::warning, "network_enforcement_off",
              {{"network", "tailscale"},
               {"attribute", m_attribute},
               {"reason", reason},
               {"upstream", refusal.detail},
               {"minutes", std::int64_t{m_pause.count()}}});
    refusal.detail = fmt::format("{} is not written for {} minutes: {}: {}", m_attribute,
                                 m_pause.count(), reason, refusal.detail);
    return refusal;
}

}  // namespace muster::networks
