// Groups are written whole: read, change what is ours, write all back, and look.
// SPDX-License-Identifier: Apache-2.0
#include "networks/netbird/groups.hpp"

#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include "networks/members.hpp"

namespace muster::networks::netbird {
namespace json = boost::json;
using boost::asio::awaitable;
using core::Code;
using core::Result;
namespace {

/// A group that somebody else changes at the same time is read and written anew, this often.
constexpr int group_writes_max = 3;
constexpr std::array levels{core::TrustLevel::high, core::TrustLevel::medium,
                            core::TrustLevel::low};

std::set<std::string> members_after(std::set<std::string> members, core::TrustLevel level,
                                    const Groups::Levels& marks) {
    for (const auto& [peer, wanted] : marks) {
        if (wanted == level) {
            members.insert(peer);
        } else {
            members.erase(peer);
        }
    }
    return members;
}

}  // namespace

/// Empty: there is none.
awaitable<Result<std::optional<Group>>> Groups::find(std::string name, Deadline deadline) {
    ApiCall request;
    request.path = "/api/groups?name=" + percent_encode(name);
    const auto answer = co_await m_api.call(std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status == 404) co_return std::optional<Group>();
    if (!answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    const auto body = json_of(*answer);
    if (!body) co_return std::unexpected(body.error());
    for (const json::value& listed : elements_of(*body)) {  // old servers ignore the name
        Group group = to_group(listed);
        if (group.name == name && !group.id.empty()) co_return std::optional(std::move(group));
    }
    co_return std::optional<Group>();
}

awaitable<Result<Group>> Groups::have(std::string name, Deadline deadline) {
    auto found = co_await find(name, deadline);
    if (!found) co_return std::unexpected(found.error());
    if (*found) co_return std::move(**found);
    const json::object body{{"name", name}};
    const auto answer = co_await m_api.call(call_with_body("POST", "/api/groups", body), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status != 409 && !answer->is_ok()) co_return std::unexpected(refusal_of(*answer));
    auto made = co_await find(name, deadline);
    if (!made) co_return std::unexpected(made.error());
    if (*made) co_return std::move(**made);
    co_return core::fail_with_detail(Code::network_answer_invalid,
                                     fmt::format("the group {:?} was made and is not there", name));
}

awaitable<Result<json::array>> Groups::ids_of(std::vector<std::string> names, Deadline deadline) {
    json::array ids;
    for (const std::string& name : names) {
        if (name == everybody) continue;
        const auto group = co_await have(name, deadline);
        if (!group) co_return std::unexpected(group.error());
        ids.emplace_back(group->id);
    }
    co_return ids;
}

/// Peers that are not there any more are nobody's business.
awaitable<Result<void>> Groups::drop_gone(Levels& marks, Deadline deadline) {
    const auto body = co_await m_api.get("/api/peers", deadline);
    if (!body) co_return std::unexpected(body.error());
    if (!body->is_array()) {
        co_return core::fail_with_detail(Code::network_answer_invalid, "no list of peers");
    }
    std::unordered_set<std::string> peers;
    for (const json::value& peer : elements_of(*body)) peers.insert(id_member(peer, "id"));
    const auto is_gone = [&](const auto& mark) { return !peers.contains(mark.first); };
    std::erase_if(marks, is_gone);
    co_return Result<void>();
}

/// The highest level first: who loses it has lost it before anything else can fail.
awaitable<Result<void>> Groups::push(Levels marks, Deadline deadline) {
    const auto turn = co_await m_writes.enter(deadline);
    if (!turn) co_return core::fail_with_detail(Code::network_timeout, "waited for other groups");
    const auto known = co_await drop_gone(marks, deadline);
    if (!known || marks.empty()) co_return known;
    for (const core::TrustLevel level : levels) {
        const auto pushed = co_await push_level(level, marks, deadline);
        if (!pushed) co_return std::unexpected(pushed.error());
    }
    co_return Result<void>();
}

/// Reads, changes what is ours, writes all back, and reads again until it is so.
awaitable<Result<void>> Groups::push_level(core::TrustLevel level, Levels marks,
                                           Deadline deadline) {
    const std::string name = trust_group(level);
    for (int writes = 0;; ++writes) {
        auto group = co_await have(name, deadline);
        if (!group) co_return std::unexpected(group.error());
        const std::set<std::string> before = group->peers;
        group->peers = members_after(before, level, marks);
        if (writes > 0 && group->peers != before) {
            const auto known = co_await drop_gone(marks, deadline);
            if (!known) co_return std::unexpected(known.error());
            group->peers = members_after(before, level, marks);
        }
        if (group->peers == before) co_return Result<void>();
        if (writes == group_writes_max) {
            co_return core::fail_with_detail(
                Code::network_answer_invalid,
                fmt::format("the group {} does not keep what is written", name));
        }
        const std::string path = "/api/groups/" + percent_encode(group->id);
        const auto answer =
            co_await m_api.call(call_with_body("PUT", path, to_json(*group)), deadline);
        if (!answer) co_return std::unexpected(answer.error());
        // The first refusal may be about a peer or a group that has just gone.
        const bool is_final = writes > 0 || answer->status == 401 || answer->status == 403;
        if (!answer->is_ok() && is_final) co_return std::unexpected(refusal_of(*answer));
    }
}

}  // namespace muster::networks::netbird
