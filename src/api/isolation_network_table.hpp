// The isolation table's lines of networks: connections of A and of B, to a NetBird that takes every
// call. Letters as in isolation_table.hpp; only isolation_test.cpp includes it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api/isolation_table.hpp"

namespace muster::api {

inline constexpr RouteLine network_route_lines[] = {
    // clang-format off
    {"GET /functions/v1/tailscale-api?action=list-devices&connection_id=$connection_a", "",
     "devices", "11444++4+"},
    {"GET /functions/v1/tailscale-api?action=list-devices&connection_id=$connection_b", "",
     "devices", "114444+++"},
    {"GET /functions/v1/tailscale-api?action=check-device&identifier=x&connection_id=$connection_b",
     "", "\"found\":", "114444+++"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"generate-auth-key","deviceId":"$device_a"})", "", "11+44++4+"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"generate-auth-key","deviceId":"$device_b"})", "", "114444+++"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"generate-auth-key","deviceId":"$device_a","tags":["tag:x"]})", "", "11344++4+"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"generate-auth-key","connection_id":"$connection_b"})", "", "113334+++"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"validate-enrollment","deviceId":"$device_a"})", "enrolled", "11+44++4+"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"validate-enrollment","deviceId":"$device_b"})", "enrolled", "114444+++"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"sync-devices","connection_id":"$connection_a"})", "synced", "11444++4+"},
    {"POST /functions/v1/tailscale-api",
     R"({"action":"sync-devices","connection_id":"$connection_b"})", "synced", "114444+++"},
    {"GET /functions/v1/netbird-proxy?path=/api/peers&connection_id=$connection_a", "", "",
     "11444++4+"},
    {"GET /functions/v1/netbird-proxy?path=/api/peers&connection_id=$connection_b", "", "",
     "114444+++"},
    {"POST /functions/v1/netbird-proxy?path=/api/x&connection_id=$connection_b", "{}", "",
     "114444+++"},
    {"PUT /functions/v1/netbird-proxy?path=/api/x&connection_id=$connection_b", "{}", "",
     "114444+++"},
    {"PATCH /functions/v1/netbird-proxy?path=/api/x&connection_id=$connection_b", "{}", "",
     "114444+++"},
    {"DELETE /functions/v1/netbird-proxy?path=/api/x&connection_id=$connection_b", "", "",
     "114444+++"},
    // The signature is what counts, whoever brings it.
    {"POST /webhooks/v1/tailscale/$connection_a", "[]", "", "111111111"},

    // The roster's own.
    {"GET /roster/v1/network/nodes", "", "*", "113339+9+"},
    {"GET /roster/v1/network/nodes?connection=$connection_a", "", "*", "11444++4+"},
    {"GET /roster/v1/network/nodes?connection=$connection_b", "", "*", "114444+++"},
    {"GET /roster/v1/network/nodes?connection=server", "", "*", "113333+3+"},
    {"GET /roster/v1/network/shadows?connection=$connection_a", "", "*", "11444++4+"},
    {"GET /roster/v1/network/shadows?connection=$connection_b", "", "*", "114444+++"},
    {"GET /roster/v1/network/connections", "", "$connection_a", "11333++.+"},
    {"GET /roster/v1/network/connections", "", "$connection_b", "11333.+++"},
    {"GET /roster/v1/network/connections?organization_id=$b", "", "$connection_b", "113333+++"},
    {"POST /roster/v1/network/connections",
     R"({"name":"new","network":"netbird","credential":"x","organization_id":"$a","test":false})",
     "", "11333++3+"},
    {"POST /roster/v1/network/connections",
     R"({"name":"new","network":"netbird","credential":"x","organization_id":"$b","test":false})",
     "", "113333+++"},
    {"PATCH /roster/v1/network/connections/$connection_a", R"({"name":"changed"})", "",
     "11444++4+"},
    {"PATCH /roster/v1/network/connections/$connection_b", R"({"name":"changed"})", "",
     "114444+++"},
    {"DELETE /roster/v1/network/connections/$connection_a", "", "", "11444++4+"},
    {"DELETE /roster/v1/network/connections/$connection_b", "", "", "114444+++"},
    {"POST /roster/v1/network/connections/$connection_a/test", "", "description", "11444++4+"},
    {"POST /roster/v1/network/connections/$connection_b/test", "", "description", "114444+++"},
    {"POST /roster/v1/network/connections/server/test", "", "description", "113333+3+"},
    // clang-format on
};

}  // namespace muster::api
