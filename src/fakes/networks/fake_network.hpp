// A network's API on loopback, written by hand, as tests and the program fake_network steer it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fakes/networks/fake_server.hpp"

namespace muster::fakes {

/// Any thread.
class FakeNetwork {
public:
    virtual ~FakeNetwork() = default;
    virtual FakeServer& server() = 0;
    /// What a connector needs to know, by name: base_url, api_key, ...
    virtual std::vector<std::pair<std::string, std::string>> settings() = 0;
    /// A device joins with a key's secret. Its node's id; empty: the key lets nobody in.
    virtual std::optional<std::string> join(std::string_view key, std::string_view hostname) = 0;
    /// False: no such node, as below.
    virtual bool set_online(std::string_view node_id, bool online) = 0;
    virtual bool has_node(std::string_view node_id) = 0;
    /// Keys that still let somebody in.
    virtual std::size_t good_key_count() = 0;
    /// The level that the network acts on by now; empty: none, or no such node.
    virtual std::optional<std::string> find_trust(std::string_view node_id) = 0;
};

/// What /fake/... does: POST /fake/fault?fault=reset&count=1&after=0&method=POST&delay_ms=1000,
/// /fake/join?key=...&hostname=..., /fake/online?node=...&online=false; GET /fake/trust?node=...,
/// /fake/nodes?node=..., /fake/requests. Answers JSON; 404 for what is not there.
net::Response answer_fake_path(FakeNetwork& network, const net::Request& request);

}  // namespace muster::fakes
