// Credentials and pages.
// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "cli/json_fields.hpp"
#include "cli/session.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t page_rows_max = 200;  // the server's own limit
// The server itself waits for a network, and repeats what failed.
constexpr std::chrono::seconds network_timeout{120};

}  // namespace

ApiClient::ApiClient(const Context& context, std::string url, std::vector<net::Header> credentials)
    : m_context(&context), m_url(std::move(url)), m_credentials(std::move(credentials)) {}

Outcome<ApiClient> ApiClient::connect(const Context& context) {
    if (const auto key = variable(context.terminal, "MUSTER_KEY")) {
        auto url = named_url(context);
        if (!url) return std::unexpected(url.error());
        if (url->empty())
            return refuse_usage("MUSTER_KEY is set, but no server: set MUSTER_URL or give --url");
        return ApiClient(context, std::move(*url),
                         {{"Authorization", "Bearer " + *key}, {"apikey", *key}});
    }
    const auto session = current_session(context);
    if (!session) return std::unexpected(session.error());
    return ApiClient(context, session->url,
                     {{"Authorization", "Bearer " + session->access_token.reveal()}});
}

Outcome<json::object> ApiClient::get(std::string path, Query query) const {
    const HttpCall call{"GET", m_url, std::move(path), std::move(query), {}, m_credentials};
    return exchange(*m_context, call);
}

Outcome<json::object> ApiClient::send(std::string method, std::string path,
                                      std::optional<json::object> body, Query query) const {
    const HttpCall call{std::move(method), m_url,           std::move(path),
                        std::move(query),  std::move(body), m_credentials};
    return exchange(*m_context, call);
}

Outcome<json::object> ApiClient::enrollment(json::object fields) const {
    return send("POST", "/functions/v1/device-enrollment", std::move(fields));
}

Outcome<json::object> ApiClient::network_action(json::object fields) const {
    HttpCall call{"POST",       m_url, "/functions/v1/tailscale-api", {}, std::move(fields),
                  m_credentials};
    call.timeout = network_timeout;
    return exchange(*m_context, call);
}

Outcome<net::ClientResponse> ApiClient::netbird(NetbirdCall asked) const {
    HttpCall call{"", m_url, "/functions/v1/netbird-proxy", {}, {}, m_credentials};
    call.method = std::move(asked.method);
    call.query = {{"path", std::move(asked.path)},
                  {"connection_id", std::move(asked.connection_id)}};
    call.text = std::move(asked.body);
    call.timeout = network_timeout;
    auto response = exchange_as_is(*m_context, call);
    if (!response) return response;
    if (auto refusal = find_refusal(*response, m_url)) return std::unexpected(std::move(*refusal));
    return response;
}

Outcome<json::object> ApiClient::list(const List& list) const {
    json::array rows;
    std::string cursor;
    do {
        Query query = list.query;
        query.emplace_back("limit",
                           std::to_string(std::min(list.count_max - rows.size(), page_rows_max)));
        query.emplace_back("cursor", cursor);
        auto page = get(list.path, std::move(query));
        if (!page) return page;
        const json::array& more = array_of(*page, list.rows);
        rows.insert(rows.end(), more.begin(), more.end());
        cursor = text_of(*page, "next_cursor");
        if (more.empty()) break;
    } while (!cursor.empty() && rows.size() < list.count_max);
    json::object all;
    all[list.rows] = std::move(rows);
    all["next_cursor"] = cursor.empty() ? json::value(nullptr) : json::value(cursor);
    return all;
}

}  // namespace muster::cli
