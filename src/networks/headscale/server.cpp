// Headscale's API v1 as far as keys and nodes share it.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/server.hpp"

#include <fmt/format.h>

#include "networks/members.hpp"

namespace muster::networks::headscale {
using boost::asio::awaitable;
using core::Code;
using core::Result;
namespace {

constexpr std::chrono::minutes version_lifetime{10};

}  // namespace

Server::Server(const HeadscaleOptions& options, const base::Clock& clock, base::Random& random)
    : api("headscale", options.api, base::Secret("Bearer " + options.api_key.reveal()), random),
      m_user(options.user),
      m_clock(clock) {}

/// Read again now and then: a server is upgraded while we run.
awaitable<Result<Version>> Server::version(Deadline deadline) {
    if (m_version && m_clock.now() < m_version_read_at + version_lifetime) co_return *m_version;
    ApiCall request;
    request.path = "/version";
    const auto answer = co_await api.call(std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    const auto body = json_of(*answer);
    const Version version = version_of(answer->status, body ? *body : boost::json::value());
    if (body || answer->status == 404) {  // what is neither may be a proxy's, and only for now
        m_version = version;
        m_version_read_at = m_clock.now();
    }
    co_return version;
}

awaitable<Result<std::string>> Server::user_id(Deadline deadline) {
    if (m_user.empty()) {
        co_return core::fail_with_detail(Code::network_refused,
                                         "a key needs tags, or a user whose it is: neither is set");
    }
    const auto body = co_await api.get("/api/v1/user?name=" + percent_encode(m_user), deadline);
    if (!body) co_return std::unexpected(body.error());
    for (const boost::json::value& user : list_member(*body, "users")) {
        if (text_member(user, "name") == m_user) co_return id_member(user, "id");
    }
    co_return core::fail_with_detail(Code::network_refused,
                                     fmt::format("headscale knows no user {:?}", m_user));
}

bool says_little(const core::Error& error) {
    return error.code == Code::network_unreachable || error.code == Code::network_timeout;
}

}  // namespace muster::networks::headscale
