// Never to an arbitrary host.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/redirects.hpp"

#include <algorithm>
#include <map>

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "api/auth/redirect_pattern.hpp"
#include "api/fields.hpp"
#include "base/encoding.hpp"

namespace muster::api {

namespace {

namespace urls = boost::urls;

using Parameters = std::map<std::string, std::string, std::less<>>;

bool has_blank_or_control(std::string_view url) {
    return std::ranges::any_of(url, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f;
    });
}

bool is_decimal(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_usual_host(std::string_view host) {
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !host.empty() && is_alphanumeric(host.front()) && is_alphanumeric(host.back()) &&
           std::ranges::all_of(host,
                               [&](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
}

enum class Address { none, loopback, other };

Address address_of(const std::string& host) {
    in_addr four{};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return (ntohl(four.s_addr) >> 24) == 127 ? Address::loopback : Address::other;
    }
    in6_addr six{};
    if (inet_pton(AF_INET6, host.c_str(), &six) != 1) return Address::none;
    return IN6_IS_ADDR_LOOPBACK(&six) ? Address::loopback : Address::other;
}

/// Without the brackets of an IPv6 address, lower-cased.
std::string host_of(const urls::url_view& url) {
    std::string host(url.encoded_host());
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return to_lower(std::move(host));
}

std::string scheme_of(const urls::url_view& url) {
    return to_lower(std::string(url.scheme()));
}

bool is_web(std::string_view scheme) {
    return scheme == "http" || scheme == "https";
}

bool is_same_site(const urls::url_view& url, std::string_view site_url) {
    const auto site = urls::parse_uri(site_url);
    if (!site || host_of(*site) != host_of(url) || scheme_of(*site) != scheme_of(url)) return false;
    const std::string host = host_of(url);
    const bool loopback = host == "localhost" || address_of(host) == Address::loopback;
    return loopback || std::string_view(site->port()) == std::string_view(url.port());
}

bool matches_any(std::string_view url, std::span<const std::string> patterns) {
    const std::string_view without_fragment = url.substr(0, url.find('#'));
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        return matches_redirect_pattern(pattern, without_fragment);
    });
}

/// Sorted by name, form-encoded.
std::string to_query(const Parameters& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters) {
        if (!text.empty()) text += '&';
        text += base::encode_form(name) + '=' + base::encode_form(value);
    }
    return text;
}

struct Parts {
    std::string before;  ///< up to '?' or '#'
    std::string query;   ///< without '?'
    std::string fragment;
};

Parts parts_of(const std::string& url) {
    Parts parts;
    const auto hash = url.find('#');
    const auto question = url.substr(0, hash).find('?');
    parts.before = url.substr(0, std::min(question, hash));
    if (hash != std::string::npos) parts.fragment = url.substr(hash + 1);
    if (question != std::string::npos) {
        parts.query =
            url.substr(question + 1, hash == std::string::npos ? hash : hash - question - 1);
    }
    return parts;
}

/// What stands in a query; of a name that is there twice, the last.
Parameters parse_query(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const std::string_view name = pair.substr(0, pair.find('='));
        const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
        const auto decoded = base::decode_form(name);
        if (!decoded || decoded->empty()) continue;
        parameters[*decoded] = base::decode_form(value).value_or("");
    }
    return parameters;
}

std::string with_both(const std::string& url, const Parameters& added, Flow flow) {
    Parts parts = parts_of(url);
    if (flow == Flow::pkce) {
        Parameters query = parse_query(parts.query);
        for (const auto& [name, value] : added) query[name] = value;
        parts.query = to_query(query);
    }
    Parameters fragment = added;
    fragment["sb"] = "";
    return parts.before + (parts.query.empty() ? "" : '?' + parts.query) + '#' + to_query(fragment);
}

/// RFC 6749 section 4.1.2.1.
std::string_view oauth_error_of(unsigned status) {
    switch (status) {
        case 400: return "invalid_request";
        case 401: return "unauthorized_client";
        case 403: return "access_denied";
        case 500: return "server_error";
        case 503: return "temporarily_unavailable";
        default: return {};
    }
}

}  // namespace

bool is_redirect_allowed(std::string_view url, const RedirectRules& rules) {
    // Browsers read a backslash as a slash: what they would see is not what is looked at here.
    if (url.empty() || has_blank_or_control(url) || url.find('\\') != std::string_view::npos) {
        return false;
    }
    const auto parsed = urls::parse_uri(url);
    if (!parsed) {
        const std::string start = to_lower(std::string(url.substr(0, 6)));
        if (start.starts_with("http:") || start.starts_with("https:")) return false;
        return matches_any(url, rules.patterns);
    }
    const std::string scheme = scheme_of(*parsed);
    if (is_web(scheme) && parsed->has_userinfo()) return false;
    if (is_same_site(*parsed, rules.site_url)) return true;
    const std::string host = host_of(*parsed);
    if (is_decimal(host)) return false;
    const Address address = address_of(host);
    if (address != Address::none) return address == Address::loopback && is_web(scheme);
    if (is_web(scheme) && !is_usual_host(host)) return false;
    return matches_any(url, rules.patterns);
}

std::string site_url_of(const Services& services) {
    return services.site_url.empty() ? services.public_url : services.site_url;
}

std::string choose_redirect(const net::Request& request, const Services& services) {
    std::string site = site_url_of(services);
    const RedirectRules rules{site, services.redirect_urls};
    std::string asked(request.header("redirect_to"));
    if (asked.empty()) asked = request.query_value("redirect_to");
    if (is_redirect_allowed(asked, rules)) return asked;
    std::string page(request.header("Referer"));
    if (is_redirect_allowed(page, rules)) return page;
    return site;
}

std::string with_session(const std::string& url, const boost::json::object& session,
                         std::string_view type) {
    const auto text = [&](std::string_view name) {
        return std::string(session.at(name).as_string());
    };
    const auto number = [&](std::string_view name) {
        return std::to_string(session.at(name).to_number<std::int64_t>());
    };
    const Parameters parameters{{"access_token", text("access_token")},
                                {"expires_at", number("expires_at")},
                                {"expires_in", number("expires_in")},
                                {"refresh_token", text("refresh_token")},
                                {"sb", ""},
                                {"token_type", text("token_type")},
                                {"type", std::string(type)}};
    return url + '#' + to_query(parameters);
}

std::string with_code(const std::string& url, const std::string& code) {
    const Parts parts = parts_of(url);
    Parameters query = parse_query(parts.query);
    query["code"] = code;
    const std::string fragment = parts.fragment.empty() ? "" : '#' + parts.fragment;
    return parts.before + '?' + to_query(query) + fragment;
}

std::string with_refusal(const std::string& url, const AuthRefusal& refusal, Flow flow) {
    Parameters added{{"error_code", std::string(refusal.word)},
                     {"error_description", refusal.message}};
    const std::string_view word = oauth_error_of(refusal.status);
    if (!word.empty()) added["error"] = word;
    return with_both(url, added, flow);
}

std::string with_message(const std::string& url, std::string_view message, Flow flow) {
    const Parameters added{{"message", std::string(message)}};
    return with_both(url, added, flow);
}

net::Response redirect_to(std::string url) {
    net::Response response;
    response.status = 303;
    response.content_type.clear();
    response.headers.push_back({"Location", std::move(url)});
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

}  // namespace muster::api
