// Making keys and taking them back, by id or, before 0.28, by user.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/keys.hpp"

#include "networks/members.hpp"

namespace muster::networks::headscale {
namespace json = boost::json;
using boost::asio::awaitable;
using core::Code;
using core::Result;

json::array to_json(const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
}

awaitable<Result<NetworkKey>> Keys::create(KeyRequest request, Deadline deadline) {
    const auto known = co_await m_server.version(deadline);
    if (!known) co_return std::unexpected(known.error());
    const std::vector<std::string>& tags = request.tags.empty() ? m_options.tags : request.tags;
    const core::Timestamp expires_at = m_clock.now() + request.lifetime;
    // Without an expiration a key is born expired.
    json::object body{{"reusable", false},
                      {"ephemeral", false},
                      {"expiration", core::to_json_text(expires_at)},
                      {"aclTags", to_json(tags)}};
    if (tags.empty() || *known < tags_own_nodes) {
        const auto user = co_await m_server.user_id(deadline);
        if (!user) co_return std::unexpected(user.error());
        body["user"] = *user;
    }
    ApiCall making = call_with_body("POST", "/api/v1/preauthkey", body);
    making.safe_to_repeat = false;
    const auto answer = co_await m_server.api.json(std::move(making), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    const KeyRecord key = to_key(member_of(*answer, "preAuthKey"));
    if (key.id.empty() || key.secret.reveal().empty()) {
        co_return core::fail_with_detail(Code::network_answer_invalid,
                                         "headscale made a key and did not show it");
    }
    co_return NetworkKey{key.id, key.secret, key.expires_at.value_or(expires_at)};
}

/// Empty: there is none.
awaitable<Result<std::optional<KeyRecord>>> Keys::find(std::string id, std::string query,
                                                       Deadline deadline) {
    const auto body = co_await m_server.api.get("/api/v1/preauthkey" + query, deadline);
    if (!body) co_return std::unexpected(body.error());
    for (const json::value& listed : list_member(*body, "preAuthKeys")) {
        KeyRecord key = to_key(listed);
        if (key.id == id) co_return std::optional(std::move(key));
    }
    co_return std::optional<KeyRecord>();
}

awaitable<Result<void>> Keys::revoke(std::string key_id, Deadline deadline) {
    if (!is_id(key_id)) co_return Result<void>();
    const auto known = co_await m_server.version(deadline);
    if (!known) co_return std::unexpected(known.error());
    if (*known < tags_own_nodes) co_return co_await revoke_of_user(key_id, deadline);
    const json::object body{{"id", key_id}};
    ApiCall expiry = call_with_body("POST", "/api/v1/preauthkey/expire", body);
    expiry.safe_to_repeat = true;
    const auto expired = co_await m_server.api.call(std::move(expiry), deadline);
    // What this server says of an unknown key depends on its version: the list decides.
    if (!expired && !says_little(expired.error())) co_return std::unexpected(expired.error());
    if (expired && (expired->status == 401 || expired->status == 403)) {
        co_return std::unexpected(refusal_of(*expired));
    }
    co_return co_await delete_unused(key_id, deadline);
}

/// Deleting a used key would make its node forget which key it joined with.
awaitable<Result<void>> Keys::delete_unused(std::string key_id, Deadline deadline) {
    const auto key = co_await find(key_id, "", deadline);
    if (!key) co_return std::unexpected(key.error());
    if (!*key || (*key)->used) co_return Result<void>();
    ApiCall removal = call_without_body("DELETE", "/api/v1/preauthkey?id=" + key_id);
    const auto removed = co_await m_server.api.call(std::move(removal), deadline);
    if (removed && removed->is_ok()) co_return Result<void>();
    const auto left = co_await find(key_id, "", deadline);
    if (left && (!*left || (*left)->used)) co_return Result<void>();
    if (!removed) co_return std::unexpected(removed.error());
    co_return std::unexpected(refusal_of(*removed));
}

/// Before 0.28: a key is named by its user and by itself, and can only be expired.
awaitable<Result<void>> Keys::revoke_of_user(std::string key_id, Deadline deadline) {
    const auto user = co_await m_server.user_id(deadline);
    if (!user) co_return std::unexpected(user.error());
    const auto key = co_await find(key_id, "?user=" + percent_encode(*user), deadline);
    if (!key) co_return std::unexpected(key.error());
    const bool is_dead =
        !*key || (*key)->used || ((*key)->expires_at && (*key)->expires_at <= m_clock.now());
    if (is_dead) co_return Result<void>();
    const json::object body{{"user", *user}, {"key", (*key)->secret.reveal()}};
    ApiCall expiry = call_with_body("POST", "/api/v1/preauthkey/expire", body);
    expiry.safe_to_repeat = true;
    const auto expired = co_await m_server.api.json(std::move(expiry), deadline);
    if (!expired) co_return std::unexpected(expired.error());
    co_return Result<void>();
}

}  // namespace muster::networks::headscale
