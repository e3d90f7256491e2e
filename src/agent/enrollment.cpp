// The steps of enrolment in order; each is one function, enroll() below reads as the whole.
// SPDX-License-Identifier: Apache-2.0
#include "agent/enrollment.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

#include "agent/private_file.hpp"
#include "agent/state.hpp"
#include "base/encoding.hpp"

namespace muster::agent {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using Kind = EnrollmentFailure::Kind;

constexpr milliseconds first_pause{500};
constexpr milliseconds pause_max{2'000};
constexpr int verify_attempts_max = 6;
/// Given to a request however little time is left: less would make a busy server unreachable.
constexpr milliseconds last_request_timeout{3'000};

constexpr std::array<std::string_view, 3> networks_without_connector{"tailscale", "headscale",
                                                                     "netbird"};

bool is_without_connector(std::string_view network) {
    return std::ranges::find(networks_without_connector, network) !=
           networks_without_connector.end();
}

std::string text_of(const json::object& object, std::string_view name, std::string_view fallback) {
    const json::value* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return std::string(fallback);
    return std::string(member->get_string());
}

EnrollmentFailure refusal(std::string message) {
    return {Kind::refused, std::move(message), {}};
}

EnrollmentFailure to_failure(const CallFailure& failure) {
    switch (failure.kind) {
        case CallFailure::Kind::refused:
        case CallFailure::Kind::busy: return {Kind::refused, failure.message, failure.code};
        case CallFailure::Kind::lost:
        case CallFailure::Kind::hopeless: return {Kind::unreachable, failure.message, {}};
        case CallFailure::Kind::bad_url: return {Kind::bad_url, failure.message, {}};
    }
    std::unreachable();
}

/// One enrolment under way: what its steps share.
struct Attempt {
    const EnrollmentRequest& request;
    const EnrollmentHooks& hooks;
    std::chrono::steady_clock::time_point deadline;

    void tell(Step step, Progress::Kind kind, std::string text) const {
        hooks.progress(Progress{step, kind, std::move(text)});
    }
    milliseconds time_left() const {
        return std::chrono::duration_cast<milliseconds>(deadline - hooks.steady_now());
    }
    std::expected<json::object, CallFailure> call(const json::object& fields) const {
        ServerAddress server = request.server;
        // The last question is worth its answer, even a little past the end.
        const milliseconds left = std::max(time_left(), last_request_timeout);
        server.request_timeout = std::min(server.request_timeout, left);
        return call_enrollment(server, fields);
    }
    /// False: the time is up. Waits at most what is left of it.
    bool pause(milliseconds wanted) const {
        const milliseconds left = time_left();
        if (left <= milliseconds(0)) return false;
        hooks.wait(std::min(wanted, left));
        return true;
    }
};

milliseconds pause_after(const CallFailure& failure, milliseconds planned) {
    return std::max<milliseconds>(planned, failure.retry_after);
}

bool is_worth_repeating(const CallFailure& failure) {
    return failure.kind == CallFailure::Kind::lost || failure.kind == CallFailure::Kind::busy;
}

/// Repeating is safe: the same token with the same fingerprint gets the same answer.
std::expected<json::object, EnrollmentFailure> verify(const Attempt& attempt,
                                                      const DeviceFacts& facts) {
    const json::object fields{
        {"action", "verify"},
        {"enrollment_token", attempt.request.token.reveal()},
        {"fingerprint", facts.fingerprint},
        {"device_name", facts.name},
        {"device_type", facts.device_type},
        {"os", facts.os},
    };
    milliseconds planned = first_pause;
    for (int count = 1;; ++count, planned = std::min(planned * 2, pause_max)) {
        auto answer = attempt.call(fields);
        if (answer) return std::move(*answer);
        if (!is_worth_repeating(answer.error()) || count == verify_attempts_max)
            return std::unexpected(to_failure(answer.error()));
        attempt.tell(Step::verify, Progress::Kind::retrying, answer.error().message);
        if (!attempt.pause(pause_after(answer.error(), planned)))
            return std::unexpected(to_failure(answer.error()));
    }
}

/// Nothing to do on the networks that this version knows; the others are refused.
std::expected<void, EnrollmentFailure> join(const Attempt& attempt, const std::string& offered) {
    const std::string& wanted = attempt.request.network;
    if (wanted != "auto" && wanted != offered)
        return std::unexpected(refusal("the server offers network " + offered + ", not " + wanted +
                                       ": run again with --network " + offered +
                                       " or --network auto; the token is still good"));
    if (offered != "none" && offered != "simulated")
        return std::unexpected(refusal("the server offers network " + offered +
                                       ", which this version of muster cannot join"));
    return {};
}

EnrollmentFailure not_seen_in_time(const Attempt& attempt) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(attempt.request.timeout);
    return refusal("the server did not see this device on the network within " +
                   std::to_string(seconds.count()) +
                   " s; the token is still good until it expires: run the same command again");
}

bool is_connected(const json::object& answer) {
    const json::value* connected = answer.if_contains("tailscale_connected");
    return (connected != nullptr && connected->is_bool() && connected->get_bool()) ||
           text_of(answer, "status", {}) == "active";
}

/// A token is cleared by the very answer that confirms the device. If that answer was lost, the
/// next one is a refusal of the token, and only the operator's side can tell what became of it.
EnrollmentFailure explain(const CallFailure& failure, bool has_lost_answer) {
    EnrollmentFailure explained = to_failure(failure);
    if (has_lost_answer && failure.code == "invalid_token")
        explained.message +=
            "; an earlier answer was lost, so the device may be enrolled already: look at it with "
            "muster device show";
    return explained;
}

/// The answer that shows the device on the network.
std::expected<json::object, EnrollmentFailure> confirm(const Attempt& attempt,
                                                       const std::string& device_id,
                                                       const DeviceFacts& facts) {
    const json::object fields{
        {"action", "check_tailscale_status"},
        {"device_id", device_id},
        {"enrollment_token", attempt.request.token.reveal()},
        {"hostname", facts.name},
    };
    bool has_lost_answer = false;
    std::optional<EnrollmentFailure> last_failure;
    for (milliseconds planned = first_pause;; planned = std::min(planned * 5 / 4, pause_max)) {
        auto answer = attempt.call(fields);
        milliseconds pause = planned;
        if (answer) {
            if (is_connected(*answer)) return std::move(*answer);
            last_failure.reset();
            const std::string note = text_of(*answer, "error", {});
            if (!note.empty()) attempt.tell(Step::confirm, Progress::Kind::retrying, note);
        } else {
            if (!is_worth_repeating(answer.error()))
                return std::unexpected(explain(answer.error(), has_lost_answer));
            has_lost_answer |= answer.error().kind == CallFailure::Kind::lost;
            last_failure = to_failure(answer.error());
            attempt.tell(Step::confirm, Progress::Kind::retrying, answer.error().message);
            pause = pause_after(answer.error(), planned);
        }
        if (!attempt.pause(pause))
            return std::unexpected(last_failure.value_or(not_seen_in_time(attempt)));
    }
}

void save(const Attempt& attempt, Enrollment& enrollment, const base::Clock& clock) {
    attempt.tell(Step::save, Progress::Kind::started, {});
    save_state(attempt.request.state_folder,
               AgentState{attempt.request.server.url, enrollment.device_id, enrollment.network,
                          clock.now(), enrollment.facts.fingerprint});
    enrollment.state_file = state_file(attempt.request.state_folder);
    attempt.tell(Step::save, Progress::Kind::done, enrollment.state_file.string());
}

std::expected<DeviceFacts, EnrollmentFailure> prepare(const Attempt& attempt) {
    if (is_without_connector(attempt.request.network))
        return std::unexpected(refusal("network " + attempt.request.network +
                                       " is not supported by this version of muster; the token "
                                       "was not used"));
    prepare_private_folder(attempt.request.state_folder);
    attempt.tell(Step::facts, Progress::Kind::started, {});
    auto facts = gather_facts(attempt.request.facts_root);
    if (!facts) return std::unexpected(refusal(std::move(facts.error())));
    attempt.tell(Step::facts, Progress::Kind::done, facts->name + ", " + facts->os);
    return std::move(*facts);
}

/// Shows the token and joins the network that the server names.
std::expected<Enrollment, EnrollmentFailure> register_device(const Attempt& attempt,
                                                             DeviceFacts facts) {
    attempt.tell(Step::verify, Progress::Kind::started, attempt.request.server.url);
    const auto answer = verify(attempt, facts);
    if (!answer) return std::unexpected(answer.error());

    Enrollment enrollment;
    enrollment.device_id = text_of(*answer, "device_id", {});
    enrollment.device_name = text_of(*answer, "device_name", facts.name);
    enrollment.organization_name = text_of(*answer, "organization_name", {});
    enrollment.network = text_of(*answer, "network", "none");
    enrollment.status = "pending";
    enrollment.facts = std::move(facts);
    if (enrollment.device_id.empty())
        return std::unexpected(refusal("the server's answer names no device"));
    attempt.tell(Step::verify, Progress::Kind::done, "device " + enrollment.device_id);

    attempt.tell(Step::join, Progress::Kind::started, enrollment.network);
    if (const auto joined = join(attempt, enrollment.network); !joined)
        return std::unexpected(joined.error());
    attempt.tell(Step::join, Progress::Kind::done, enrollment.network);
    return enrollment;
}

}  // namespace

std::expected<Enrollment, EnrollmentFailure> enroll(const EnrollmentRequest& request,
                                                    const EnrollmentHooks& hooks,
                                                    const base::Clock& clock) {
    const Attempt attempt{request, hooks, hooks.steady_now() + request.timeout};
    auto facts = prepare(attempt);
    if (!facts) return std::unexpected(facts.error());
    auto enrollment = register_device(attempt, std::move(*facts));
    if (!enrollment) return enrollment;

    if (enrollment->network != "none") {
        attempt.tell(Step::confirm, Progress::Kind::started, {});
        const auto seen = confirm(attempt, enrollment->device_id, enrollment->facts);
        if (!seen) return std::unexpected(seen.error());
        enrollment->status = text_of(*seen, "status", "active");
        enrollment->hostname = text_of(*seen, "tailscale_hostname", {});
        enrollment->ip = text_of(*seen, "tailscale_ip", {});
        attempt.tell(Step::confirm, Progress::Kind::done, enrollment->ip);
    }
    save(attempt, *enrollment, clock);
    return enrollment;
}

std::optional<EnrollmentLink> parse_enrollment_link(std::string_view text) {
    if (!text.starts_with("https://") && !text.starts_with("http://")) return std::nullopt;
    constexpr std::string_view page = "/enroll?";
    const auto at = text.find(page);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view query = text.substr(at + page.size());
    query = query.substr(0, query.find('#'));
    constexpr std::string_view key = "token=";
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (!pair.starts_with(key)) continue;
        auto token = base::decode_form(pair.substr(key.size()));
        if (!token || token->empty()) return std::nullopt;
        return EnrollmentLink{std::string(text.substr(0, at)), base::Secret(std::move(*token))};
    }
    return std::nullopt;
}

}  // namespace muster::agent
