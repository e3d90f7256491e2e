// Requests and checks of one enrolment. Answers are searched, not parsed: the server writes compact
// JSON, and a change of that would be a loud failure here, not a silent one.
// SPDX-License-Identifier: Apache-2.0
#include "enrollment_flow.hpp"

#include <fmt/format.h>

namespace muster::bench {
namespace {

/// The text member `name` of a compact JSON object, if nothing in it is escaped. Empty: none.
std::string_view text_member(std::string_view json, std::string_view name) {
    const std::string start = fmt::format("\"{}\":\"", name);
    const std::size_t at = json.find(start);
    if (at == std::string_view::npos) return {};
    json.remove_prefix(at + start.size());
    return json.substr(0, json.find('"'));
}

bool is_true(std::string_view json, std::string_view name) {
    return json.find(fmt::format("\"{}\":true", name)) != std::string_view::npos;
}

}  // namespace

FlowRequests::FlowRequests(const Endpoint& endpoint, const std::string& access_token,
                           const std::string& api_key) {
    m_device_head = fmt::format(
        "POST /functions/v1/device-enrollment HTTP/1.1\r\nHost: {}:{}\r\n"
        "Content-Type: application/json\r\n",
        endpoint.host, endpoint.port);
    m_user_head = fmt::format("{}Authorization: Bearer {}\r\napikey: {}\r\n", m_device_head,
                              access_token, api_key);
}

std::string_view FlowRequests::request(Step step, std::string_view body) {
    m_text = step == Step::generate_token ? m_user_head : m_device_head;
    m_text += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
    return m_text;
}

std::string EnrollmentFlow::body(Step step) const {
    switch (step) {
        case Step::generate_token:
            return R"({"action":"generate_token","device_name":"Load","device_type":"laptop",)"
                   R"("os":"Debian 12"})";
        case Step::verify:
            return fmt::format(R"({{"action":"verify","enrollment_token":"{}","fingerprint":"{}",)"
                               R"("device_type":"laptop","device_name":"Load","os":"Debian 12"}})",
                               m_token, m_fingerprint);
        case Step::check_tailscale_status:
            return fmt::format(
                R"({{"action":"check_tailscale_status","device_id":"{}","enrollment_token":"{}"}})",
                m_device_id, m_token);
    }
    std::unreachable();
}

Verdict EnrollmentFlow::judge(Step step, const Reply& reply) {
    if (reply.status != 200 || !is_true(reply.body, "success")) return Verdict::wrong;
    switch (step) {
        case Step::generate_token:
            m_device_id = text_member(reply.body, "device_id");
            m_token = text_member(reply.body, "enrollment_token");
            return m_device_id.empty() || m_token.empty() ? Verdict::wrong : Verdict::right;
        case Step::verify: {
            const bool is_ours = text_member(reply.body, "device_id") == m_device_id;
            const bool has_key = !text_member(reply.body, "tailscale_auth_key").empty();
            return is_ours && has_key ? Verdict::right : Verdict::wrong;
        }
        case Step::check_tailscale_status:
            if (!is_true(reply.body, "tailscale_connected")) return Verdict::not_connected_yet;
            return text_member(reply.body, "status") == "active" ? Verdict::right : Verdict::wrong;
    }
    std::unreachable();
}

std::string describe(Step step, const Reply& reply) {
    return fmt::format("{}: status {}, code \"{}\"", step_names[static_cast<std::size_t>(step)],
                       reply.status, text_member(reply.body, "code"));
}

}  // namespace muster::bench
