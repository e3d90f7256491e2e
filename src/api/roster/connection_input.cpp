// Reads the fields of connections; the limits stand in the header.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/connection_input.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/json/array.hpp>

#include "base/encoding.hpp"
#include "net/url.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;
using app::ConnectionInput;
using core::Code;

/// Of a change: an empty text is an answer, too.
TextLimits limits_of(TextLimits limits, bool may_be_empty) {
    if (may_be_empty) limits.min = 0;
    return limits;
}

/// As a setting has it: lower case, addresses in their one short form and without brackets.
std::string host_name_of(const net::Url& url) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(url.host, error);
    return error ? to_lower(url.host) : address.to_string();
}

core::Result<net::Url> parse_network_url(const std::string& text, std::string_view name) {
    const auto url = net::parse_url(text);
    if (!url || text.find_first_of("?#") != std::string::npos || text.ends_with('/')) {
        return core::fail(Code::invalid_type, std::string(name),
                          "an http or https URL without user name, query, fragment and a slash at "
                          "its end");
    }
    return *url;
}

OptionalText read_url(const json::object& body, std::string_view name, bool may_be_empty) {
    auto text = read_text(body, name, limits_of(network_url_limits, may_be_empty));
    if (!text || !*text || (*text)->empty()) return text;
    const auto url = parse_network_url(**text, name);
    if (!url) return std::unexpected(url.error());
    return text;
}

core::Result<std::optional<bool>> read_flag(const json::object& body, std::string_view name) {
    const json::value* const value = body.if_contains(name);
    if (!value || value->is_null()) return std::optional<bool>();
    if (!value->is_bool())
        return core::fail(Code::invalid_type, std::string(name), "true or false");
    return std::optional(value->get_bool());
}

core::Result<std::optional<base::Secret<std::string>>> read_secret(const json::object& body,
                                                                   std::string_view name,
                                                                   TextLimits limits) {
    auto text = read_text(body, name, limits);
    if (!text) return std::unexpected(text.error());
    if (!*text) return std::optional<base::Secret<std::string>>();
    return std::optional(base::Secret(std::move(**text)));
}

struct TextRow {
    std::string_view name;
    std::optional<std::string> ConnectionInput::* member;
};
constexpr TextRow name_rows[] = {{"tailnet", &ConnectionInput::tailnet},
                                 {"client_id", &ConnectionInput::client_id},
                                 {"user", &ConnectionInput::user}};
constexpr TextRow url_rows[] = {{"base_url", &ConnectionInput::base_url},
                                {"control_url", &ConnectionInput::control_url}};

core::Result<void> read_texts(const json::object& body, bool may_be_empty, ConnectionInput& input) {
    auto name = read_text(body, "name", connection_name_limits);
    if (!name) return std::unexpected(name.error());
    input.name = std::move(*name);
    for (const TextRow& row : name_rows) {
        auto text = read_text(body, row.name, limits_of(network_name_limits, may_be_empty));
        if (!text) return std::unexpected(text.error());
        input.*row.member = std::move(*text);
    }
    for (const TextRow& row : url_rows) {
        auto text = read_url(body, row.name, may_be_empty);
        if (!text) return std::unexpected(text.error());
        input.*row.member = std::move(*text);
    }
    if (input.base_url && !input.base_url->empty()) {
        input.api_host = host_name_of(*net::parse_url(*input.base_url));
    }
    return {};
}

core::Result<void> read_others(const json::object& body, ConnectionInput& input) {
    auto tags = read_tags(body, "tags");
    if (!tags) return std::unexpected(tags.error());
    input.tags = std::move(*tags);
    const auto pushes_trust = read_flag(body, "pushes_trust");
    if (!pushes_trust) return std::unexpected(pushes_trust.error());
    input.pushes_trust = *pushes_trust;
    auto credential = read_secret(body, "credential", credential_limits);
    if (!credential) return std::unexpected(credential.error());
    input.credential = std::move(*credential);
    auto secret = read_secret(body, "webhook_secret", webhook_secret_limits);
    if (!secret) return std::unexpected(secret.error());
    input.webhook_secret = std::move(*secret);
    return {};
}

core::Result<ConnectionFields> read_fields(const json::object& body, bool may_be_empty) {
    ConnectionFields fields;
    if (auto read = read_texts(body, may_be_empty, fields.input); !read) {
        return std::unexpected(read.error());
    }
    if (auto read = read_others(body, fields.input); !read) return std::unexpected(read.error());
    const auto is_default = read_flag(body, "is_default");
    if (!is_default) return std::unexpected(is_default.error());
    fields.is_default = *is_default;
    const auto test = read_flag(body, "test");
    if (!test) return std::unexpected(test.error());
    fields.test = test->value_or(true);
    return fields;
}

/// As networks::connect() tells one from an API key.
bool is_oauth_client(const networks::ConnectionSettings& settings) {
    return !settings.client_id.empty() || settings.credential.reveal().starts_with("tskey-client-");
}

}  // namespace

bool ConnectionFields::changes_access() const {
    return input.base_url || input.control_url || input.tailnet || input.client_id || input.user ||
           input.tags || input.pushes_trust || input.credential;
}

bool ConnectionFields::is_empty() const {
    return !changes_access() && !input.name && !input.webhook_secret;
}

core::Result<ConnectionFields> read_new_connection(const json::object& body) {
    auto fields = read_fields(body, false);
    if (!fields) return fields;
    auto organization = read_uuid(body, "organization_id");
    if (!organization) return std::unexpected(organization.error());
    fields->organization_id = std::move(*organization);
    auto network = require(read_word(body, "network", connection_networks), "network");
    if (!network) return std::unexpected(network.error());
    fields->network = std::move(*network);
    if (!fields->input.name) return core::fail(Code::missing_field, "name");
    if (!fields->input.credential) return core::fail(Code::missing_field, "credential");
    return fields;
}

core::Result<ConnectionFields> read_connection_change(const json::object& body) {
    auto fields = read_fields(body, true);
    if (!fields) return fields;
    if (fields->is_default == false) {
        return core::fail(Code::invalid_value, "is_default", "true");
    }
    if (fields->is_empty() && !fields->is_default) {
        return core::fail(Code::missing_field, "a field to change");
    }
    return fields;
}

core::Result<std::optional<std::vector<std::string>>> read_tags(const json::object& body,
                                                                std::string_view name) {
    const json::value* const value = body.if_contains(name);
    if (!value || value->is_null()) return std::optional<std::vector<std::string>>();
    const std::string field(name);
    if (!value->is_array() || value->get_array().size() > network_tags_max) {
        return core::fail(Code::invalid_type, field,
                          "a list of at most " + std::to_string(network_tags_max) + " strings");
    }
    std::vector<std::string> tags;
    for (const json::value& item : value->get_array()) {
        auto tag = read_text({{name, item}}, name, network_tag_limits);
        if (!tag) return std::unexpected(tag.error());
        if (!*tag) return core::fail(Code::invalid_type, field, "a list of strings");
        tags.push_back(std::move(**tag));
    }
    return std::optional(std::move(tags));
}

core::Result<void> check_settings(const networks::ConnectionSettings& settings) {
    if (settings.network == "headscale") {
        if (settings.base_url.empty()) return core::fail(Code::missing_field, "base_url");
        const bool has_owner = !settings.user.empty() || !settings.tags.empty();
        if (!has_owner) return core::fail(Code::missing_field, "user or tags");
    }
    if (settings.network == "tailscale" && is_oauth_client(settings) && settings.tags.empty()) {
        return core::fail(Code::missing_field, "tags");
    }
    return {};
}

}  // namespace muster::api
