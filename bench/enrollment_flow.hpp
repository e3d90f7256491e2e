// What the load generator says and what it expects to hear: one device's enrolment in three steps.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "exchange.hpp"

namespace muster::bench {

enum class Step { generate_token, verify, check_tailscale_status };
inline constexpr std::array<std::string_view, 3> step_names{"generate_token", "verify",
                                                            "check_tailscale_status"};

/// How an answer stands to what was expected.
enum class Verdict { right, not_connected_yet, wrong };

/// The requests of every flow against one server.
class FlowRequests {
public:
    /// `access_token` and `api_key` are a signed-in user's.
    FlowRequests(const Endpoint& endpoint, const std::string& access_token,
                 const std::string& api_key);
    /// The request with this body; good until the next call. Only generate_token is signed in: the
    /// other two are the device's own.
    std::string_view request(Step step, std::string_view body);

private:
    std::string m_user_head;
    std::string m_device_head;
    std::string m_text;
};

/// One device on its way.
class EnrollmentFlow {
public:
    /// `fingerprint` must be new to the server.
    explicit EnrollmentFlow(std::string fingerprint) : m_fingerprint(std::move(fingerprint)) {}
    std::string body(Step step) const;
    /// Also keeps what later steps need.
    Verdict judge(Step step, const Reply& reply);

private:
    std::string m_fingerprint;
    std::string m_device_id;
    std::string m_token;
};

/// What may be shown of a wrong answer: its status and its error code, never its body, which can
/// hold a token.
std::string describe(Step step, const Reply& reply);

}  // namespace muster::bench
