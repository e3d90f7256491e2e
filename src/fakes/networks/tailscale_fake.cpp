// Routes, rights and refusals of the fake Tailscale.
// SPDX-License-Identifier: Apache-2.0
#include "fakes/networks/tailscale_fake.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "fakes/networks/fake_answers.hpp"

namespace muster::fakes {
namespace json = boost::json;
namespace {

constexpr std::string_view root = "/api/v2/";
constexpr const char* policy_tags[] = {"tag:muster", "tag:prod", "tag:laptop"};
constexpr std::int64_t key_lifetime_max = 90 * 24 * 3600;
constexpr std::chrono::seconds token_lifetime{3600};

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(separator));
        words.push_back(base::decode_form(word).value_or(""));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return words;
}

bool is_description(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == ' ';
    };
    return text.size() <= 50 && std::ranges::all_of(text, allowed);
}

bool is_known_tag(const json::value& tag) {
    return tag.is_string() && std::ranges::count(policy_tags, tag.get_string()) > 0;
}

}  // namespace

TailscaleFake::TailscaleFake(const base::Clock& clock, FakeServerOptions options)
    : m_clock(clock),
      m_server(std::make_unique<FakeServer>(
          [this](const net::Request& request) { return answer(request); }, options)) {}

std::vector<std::pair<std::string, std::string>> TailscaleFake::settings() {
    return {{"base_url", base_url()},
            {"api_key", api_key},
            {"oauth_client_id", client_id},
            {"oauth_client_secret", client_secret}};
}

net::Response TailscaleFake::answer(const net::Request& request) {
    if (request.path.starts_with("/fake/")) return answer_fake_path(*this, request);
    const std::lock_guard lock(m_mutex);
    net::Response response = route(request);
    response.headers.push_back(
        net::Header{"X-Tailscale-Request-Id", fmt::format("fake-{}", ++m_number)});
    return response;
}

net::Response TailscaleFake::route(const net::Request& request) {
    if (!request.path.starts_with(root)) return refuse(404, "not found");
    const Words path = split(request.path.substr(root.size()), '/');
    if (request.path == "/api/v2/oauth/token") return give_token(request);
    const auto caller = authenticate(request);
    if (!caller) return refuse(401, "API token invalid");
    if (path.size() >= 3 && path[0] == "tailnet") return tailnet(*caller, request, path);
    if (path.size() >= 2 && path[0] == "device") return device(*caller, request, path);
    return refuse(404, "not found");
}

// Who is asking.

bool TailscaleFake::Caller::may(const std::string& wanted) const {
    const std::vector<std::string> words = split(scopes, ' ');
    const bool is_read = wanted.ends_with(":read");
    const std::string write = is_read ? wanted.substr(0, wanted.size() - 5) : wanted;
    return std::ranges::any_of(words, [&](const std::string& word) {
        return word == "all" || word == wanted || word == write;
    });
}

net::Response TailscaleFake::give_token(const net::Request& request) {
    net::Request form;
    form.query = request.body;
    if (request.method != "POST" || form.query_value("client_id") != client_id ||
        form.query_value("client_secret") != client_secret) {
        return refuse(401, "API token invalid");
    }
    const std::string token = fmt::format("fake-token-{}", ++m_number);
    m_tokens[token] = Token{m_scopes, m_clock.now() + token_lifetime};
    ++m_token_count;
    return ok(json::object{{"access_token", token},
                           {"token_type", "Bearer"},
                           {"expires_in", token_lifetime.count()},
                           {"scope", m_scopes}});
}

std::optional<TailscaleFake::Caller> TailscaleFake::authenticate(
    const net::Request& request) const {
    const std::string_view header = request.header("Authorization");
    const std::string pair = fmt::format("{}:", api_key);
    if (header == "Basic " + base::to_base64(base::bytes_of(pair)) ||
        header == fmt::format("Bearer {}", api_key)) {
        return Caller{false, "all"};
    }
    if (!header.starts_with("Bearer ")) return std::nullopt;
    const auto token = m_tokens.find(std::string(header.substr(7)));
    if (token == m_tokens.end() || token->second.expires_at <= m_clock.now()) return std::nullopt;
    return Caller{true, token->second.scopes};
}

// The tailnet's lists.

net::Response TailscaleFake::tailnet(const Caller& caller, const net::Request& request,
                                     const Words& path) {
    if (path[1] != "-" && path[1] != "example.org") return refuse(404, "tailnet not found");
    if (path[2] == "keys") return keys(caller, request, path);
    if (path[2] == "devices" && request.method == "GET" && path.size() == 3) {
        if (!caller.may("devices:core:read")) {
            return refuse(403, "calling actor does not have enough permissions");
        }
        return list_devices(request);
    }
    if (path[2] == "device-attributes" && request.method == "PATCH" && path.size() == 3) {
        if (!caller.may("devices:posture_attributes")) {
            return refuse(403, "calling actor does not have enough permissions");
        }
        if (!m_has_posture) return refuse(403, "feature not available on current billing plan");
        return patch_attributes(request);
    }
    return refuse(404, "not found");
}

// Keys.

net::Response TailscaleFake::keys(const Caller& caller, const net::Request& request,
                                  const Words& path) {
    const bool is_read = request.method == "GET";
    if (!caller.may(is_read ? "auth_keys:read" : "auth_keys")) {
        return refuse(403, "calling actor does not have enough permissions");
    }
    if (path.size() == 4) return one_key(request, path[3]);
    if (path.size() != 3) return refuse(404, "not found");
    if (request.method == "POST") return make_key(caller, request);
    json::array shown;
    for (const auto& [id, key] : m_keys) {
        if (!key.is_revoked) shown.push_back(shown_key(key));
    }
    return ok(json::object{{"keys", std::move(shown)}});
}

net::Response TailscaleFake::make_key(const Caller& caller, const net::Request& request) {
    boost::system::error_code error;
    const json::value body = json::parse(request.body, error);
    const json::value* create =
        error ? nullptr : body.find_pointer("/capabilities/devices/create", error);
    if (create == nullptr || !create->is_object()) return refuse(400, "keys: bad body");
    const json::object& members = body.get_object();
    std::int64_t lifetime = key_lifetime_max;
    if (const auto* given = members.if_contains("expirySeconds")) {
        lifetime = given->is_int64() ? given->get_int64() : 0;
    }
    if (lifetime < 1 || lifetime > key_lifetime_max) return refuse(400, "keys: bad expirySeconds");
    std::string description;
    if (const auto* given = members.if_contains("description")) description = given->as_string();
    if (!is_description(description)) {
        return refuse(400, "keys: description had invalid characters");
    }
    json::array tags;
    if (const auto* given = create->get_object().if_contains("tags"); given && given->is_array()) {
        tags = given->get_array();
    }
    if (tags.empty() && caller.is_oauth) {
        return refuse(400, "tailnet-owned auth key must have tags set");
    }
    if (!std::ranges::all_of(tags, is_known_tag)) {
        return refuse(400, fmt::format("requested tags {} are invalid or not permitted",
                                       json::serialize(tags)));
    }
    const std::string id = fmt::format("k{}CNTRL", ++m_number);
    Key key;
    key.secret = fmt::format("fake-auth-key-{}", ++m_number);
    key.expires_at = m_clock.now() + std::chrono::seconds(lifetime);
    key.shown = {{"id", id},
                 {"keyType", "auth"},
                 {"created", to_rfc3339(m_clock.now())},
                 {"expires", to_rfc3339(key.expires_at)},
                 {"expirySeconds", lifetime},
                 {"description", description},
                 {"capabilities", members.at("capabilities")}};
    json::object shown = key.shown;
    shown["key"] = key.secret;
    m_keys[id] = std::move(key);
    return ok(shown);
}

/// That a key which lets nobody in can't be deleted is a guess; a careful client survives both.
net::Response TailscaleFake::one_key(const net::Request& request, const std::string& id) {
    const auto key = m_keys.find(id);
    if (key == m_keys.end()) return refuse(404, "key not found");
    if (request.method == "GET") return ok(shown_key(key->second));
    if (request.method != "DELETE") return refuse(405, "method not allowed");
    if (!is_good(key->second)) return refuse(400, "key is not valid");
    key->second.is_revoked = true;
    return ok();
}

bool TailscaleFake::is_good(const Key& key) const {
    return !key.is_used && !key.is_revoked && key.expires_at > m_clock.now();
}

json::object TailscaleFake::shown_key(const Key& key) const {
    json::object shown = key.shown;
    if (!is_good(key)) shown["invalid"] = true;
    return shown;
}

// What tests set.

void TailscaleFake::set_scopes(std::string scopes) {
    const std::lock_guard lock(m_mutex);
    m_scopes = std::move(scopes);
}

void TailscaleFake::set_has_posture(bool has_posture) {
    const std::lock_guard lock(m_mutex);
    m_has_posture = has_posture;
}

void TailscaleFake::revoke_tokens() {
    const std::lock_guard lock(m_mutex);
    m_tokens.clear();
}

std::size_t TailscaleFake::token_count() {
    const std::lock_guard lock(m_mutex);
    return m_token_count;
}

}  // namespace muster::fakes
