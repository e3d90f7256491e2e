// Plain HTML without scripts: nothing on these pages can run.
// SPDX-License-Identifier: Apache-2.0
#include "api/system/pages.hpp"

#include <algorithm>
#include <string>

namespace muster::api {

namespace {

namespace asio = boost::asio;
using core::Language;

constexpr std::string_view style = R"css(
body{font:17px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;
color:#1d2733;background:#fff}h1{font-size:1.5rem}pre{background:#f1f4f8;padding:1rem;
border-radius:8px;overflow-x:auto;user-select:all}small{color:#566372}
@media(prefers-color-scheme:dark){body{color:#e6ebf1;background:#12171e}pre{background:#1e2630}
small{color:#9fb0c0}})css";

/// The characters of our own tokens and addresses; anything else is not shown.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._:/[]").contains(c);
    });
}

net::Response html(std::string_view title, std::string_view language, const std::string& body) {
    net::Response response;
    response.content_type = "text/html; charset=utf-8";
    response.headers = {
        {"Content-Security-Policy",
         "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'"},
        {"Cache-Control", "no-store"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Content-Type-Options", "nosniff"}};
    response.body = "<!doctype html><html lang=\"" + std::string(language) +
                    "\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                    "content=\"width=device-width\"><title>" +
                    std::string(title) + "</title><style>" + std::string(style) + "</style><body>" +
                    body + "</body></html>";
    return response;
}

std::string enroll_command(const Call& call, const std::string& token) {
    return "muster enroll --url " + call.services.public_url + " --token " + token;
}

net::Response no_token_page(Language language) {
    if (language == Language::spanish) {
        return html("Muster", "es",
                    "<h1>Este enlace no está completo</h1><p>Falta el código de registro. Pida a "
                    "su administrador un enlace nuevo.</p>");
    }
    return html("Muster", "en",
                "<h1>This link is not complete</h1><p>It carries no enrollment token. Ask your "
                "administrator for a new link.</p>");
}

}  // namespace

asio::awaitable<Answer> handle_front_page(Call& call) {
    const std::string& url = call.services.public_url;
    const std::string shown = is_plain(url) ? url : std::string("URL");
    co_return html("Muster", "en",
                   "<h1>Muster is running</h1><p>This server keeps the roster of an "
                   "organization's devices. Sign in from a terminal:</p><pre>muster login --url " +
                       shown +
                       " --email YOU@EXAMPLE.ORG</pre><p>Then make the first device's "
                       "token:</p><pre>muster token create --name \"My laptop\"</pre>"
                       "<p><small>Health: <a href=\"/healthz\">/healthz</a>, metrics: "
                       "<a href=\"/metrics\">/metrics</a></small></p>");
}

asio::awaitable<Answer> handle_enroll_page(Call& call) {
    const std::string token = call.request.query_value("token");
    const bool usable = !token.empty() && token.size() <= 200 && is_plain(token) &&
                        is_plain(call.services.public_url);
    if (!usable) co_return no_token_page(call.language);
    const std::string command = enroll_command(call, token);
    if (call.language == Language::spanish) {
        co_return html("Registrar este dispositivo", "es",
                       "<h1>Registre este dispositivo</h1><p>Abra una terminal en el dispositivo "
                       "y ejecute:</p><pre>" +
                           command +
                           "</pre><p>El código sirve una sola vez y caduca en 24 "
                           "horas. No lo comparta.</p>");
    }
    co_return html("Enroll this device", "en",
                   "<h1>Enroll this device</h1><p>Open a terminal on the device and run:</p><pre>" +
                       command +
                       "</pre><p>The token works once and expires within 24 hours. "
                       "Keep it to yourself.</p>");
}

}  // namespace muster::api
