// Secret, signature, hint.
// SPDX-License-Identifier: Apache-2.0
#include "api/webhooks/tailscale.hpp"

#include <algorithm>
#include <set>

#include "api/json_response.hpp"
#include "api/roster/input.hpp"
#include "api/roster/network_connections.hpp"
#include "app/network_connections.hpp"
#include "base/log.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;
using Secret = base::Secret<std::string>;

constexpr std::size_t logged_types_max = 20;
constexpr std::size_t logged_type_bytes_max = 50;

/// Whose deliveries they are, by the id that wake_reconciler() takes.
struct Sender {
    std::string connection_id;  ///< "": the server's own
    std::optional<Secret> secret;
};

asio::awaitable<core::Result<Sender>> find_sender(Call& call) {
    Sender sender;
    if (call.path_values.front() == own_connection_word) {
        const Secret& secret = call.services.tailscale_webhook_secret;
        if (!secret.reveal().empty()) sender.secret = secret;
        co_return sender;
    }
    auto id = read_path_id(call, Code::invalid_authentication);
    if (!id) co_return sender;
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::find_webhook_secret(transaction, context, *id);
    };
    auto secret = co_await call.services.store.read(work);
    if (!secret) co_return std::unexpected(secret.error());
    sender.connection_id = std::move(*id);
    sender.secret = std::move(*secret);
    co_return sender;
}

std::string types_of(const networks::TailscaleDelivery& delivery) {
    std::set<std::string> types;
    for (const networks::NetworkEvent& event : delivery.events) {
        if (types.size() == logged_types_max) break;
        types.insert(event.type.substr(0, logged_type_bytes_max));
    }
    std::string text;
    for (const std::string& type : types) text += (text.empty() ? "" : " ") + type;
    return text;
}

bool is_about_nodes(const networks::TailscaleDelivery& delivery) {
    return std::ranges::any_of(delivery.events, [](const networks::NetworkEvent& event) {
        return event.kind != networks::NetworkEvent::Kind::other;
    });
}

void use_hint(Call& call, const Sender& sender, const networks::TailscaleDelivery& delivery) {
    base::log(
        base::LogLevel::info, "tailscale_webhook",
        {{"connection", sender.connection_id.empty() ? own_connection_word
                                                     : std::string_view(sender.connection_id)},
         {"events", static_cast<std::int64_t>(delivery.events.size())},
         {"types", types_of(delivery)}});
    if (is_about_nodes(delivery)) call.services.wake_reconciler(sender.connection_id);
}

}  // namespace

asio::awaitable<Answer> handle_tailscale_webhook(Call& call) {
    const auto sender = co_await find_sender(call);
    if (!sender) co_return std::unexpected(sender.error());
    DeliveryMemory& memory = call.services.tailscale_deliveries;
    // Without a secret the same is done as with one: how long it takes tells nobody which ids are.
    const Secret secret = sender->secret.value_or(Secret("of no connection"));
    const auto delivery = memory.read(sender->connection_id, secret,
                                      call.request.header("Tailscale-Webhook-Signature"),
                                      call.request.body, call.services.clock.now());
    if (!sender->secret) co_return core::fail(Code::invalid_authentication);
    if (!delivery) co_return std::unexpected(delivery.error());
    if (!delivery->is_repeated) {
        use_hint(call, *sender, *delivery);
        memory.take(sender->connection_id, secret, *delivery);
    }
    const json::object body{{"success", true}};
    co_return json_response(body);
}

}  // namespace muster::api
