// The steps of enrolment in order; each is one function, enroll() below reads as the whole.
// SPDX-License-Identifier: Apache-2.0
#include "agent/enrollment.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "agent/host_label.hpp"
#include "agent/joining.hpp"
#include "agent/json_fields.hpp"
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
constexpr milliseconds rejoin_interval{5'000};
constexpr int verify_attempts_max = 6;
/// Given to a request however little time is left: less would make a busy server unreachable.
constexpr milliseconds last_request_timeout{3'000};

/// The server lets devices onto it by itself.
bool needs_no_client(std::string_view network) {
    return network == "none" || network == "simulated";
}

EnrollmentFailure refusal(std::string message) {
    return {Kind::refused, std::move(message), {}};
}

EnrollmentFailure to_failure(JoinFailure failure) {
    return {Kind::refused, std::move(failure.message), std::string(word_of(failure.fault)),
            std::move(failure.hint)};
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
    std::expected<CallAnswer, CallFailure> call(const json::object& fields) const {
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
    /// Of the joining. It must not outlive this.
    Pace pace() const {
        auto tell_once = [this, last = std::string()](const std::string& text) mutable {
            if (text != last) tell(Step::join, Progress::Kind::retrying, text);
            last = text;
        };
        return {std::move(tell_once), hooks.wait, hooks.steady_now, deadline};
    }
    std::unique_ptr<NetworkClient> find_client(const std::string& network) const {
        if (needs_no_client(network) || !hooks.find_client) return nullptr;
        return hooks.find_client(network);
    }
};

milliseconds pause_after(const CallFailure& failure, milliseconds planned) {
    return std::max<milliseconds>(planned, failure.retry_after);
}

bool is_worth_repeating(const CallFailure& failure) {
    return failure.kind == CallFailure::Kind::lost || failure.kind == CallFailure::Kind::busy;
}

/// Repeating is safe: the same token with the same fingerprint gets the same answer.
std::expected<CallAnswer, EnrollmentFailure> verify(const Attempt& attempt,
                                                    const DeviceFacts& facts) {
    const json::object fields{
        {"action", "verify"},
        {"enrollment_token", attempt.request.token.reveal()},
        {"fingerprint", facts.fingerprint},
        {"device_name", facts.name},
        {"device_type", facts.device_type},
        {"os", facts.os},
        {"hostname", host_label(facts)},
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

/// How far the device's clock is ahead of the server's; zero where the server does not say.
std::chrono::seconds ahead_of(const std::optional<core::Timestamp>& server_time,
                              const base::Clock& clock) {
    if (!server_time) return std::chrono::seconds(0);
    return std::chrono::duration_cast<std::chrono::seconds>(clock.now() - *server_time);
}

AgentState to_state(const Attempt& attempt, const Enrollment& enrollment, const NetworkOffer& offer,
                    const base::Clock& clock) {
    AgentState state{attempt.request.server.url,
                     enrollment.device_id,
                     offer.network,
                     clock.now(),
                     enrollment.facts.fingerprint,
                     {},
                     offer.network_url};
    if (!needs_no_client(offer.network)) state.hostname = host_label(enrollment.facts);
    return state;
}

std::expected<void, EnrollmentFailure> join(const Attempt& attempt, const NetworkOffer& offer,
                                            const AgentState& state, std::chrono::seconds ahead) {
    const std::string& wanted = attempt.request.network;
    if (wanted != "auto" && wanted != offer.network)
        return std::unexpected(refusal("the server offers network " + offer.network + ", not " +
                                       wanted + ": run again with --network " + offer.network +
                                       " or --network auto; the token is still good"));
    if (needs_no_client(offer.network)) return {};
    const auto client = attempt.find_client(offer.network);
    if (!client)
        return std::unexpected(refusal("the server offers network " + offer.network +
                                       ", which this version of muster cannot join"));
    const Pace pace = attempt.pace();
    auto joined = join_offered(*client, offer, state, attempt.request.state_folder, pace);
    if (joined) return {};
    return std::unexpected(to_failure(consider_clock(std::move(joined.error()), ahead)));
}

EnrollmentFailure not_seen_in_time(const Attempt& attempt) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(attempt.request.timeout);
    return refusal("the server did not see this device on the network within " +
                   std::to_string(seconds.count()) +
                   " s; the token is still good until it expires: run the same command again");
}

bool is_connected(const json::object& answer) {
    return flag_of(answer, "tailscale_connected") || text_of(answer, "status") == "active";
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

/// An enrolment, and how it will be remembered.
struct Registration {
    Enrollment enrollment;
    AgentState state;
    NetworkOffer offer;
    std::chrono::seconds ahead;  ///< of the device's clock
};

/// A client that heard late that its node of before was removed said that it was on the network,
/// and is not any more. For one that is, this does nothing.
std::optional<EnrollmentFailure> join_again(const Attempt& attempt,
                                            const Registration& registered) {
    auto joined = join(attempt, registered.offer, registered.state, registered.ahead);
    if (joined) return std::nullopt;
    attempt.tell(Step::confirm, Progress::Kind::retrying, joined.error().message);
    return std::move(joined.error());
}

/// The answer that shows the device on the network.
std::expected<json::object, EnrollmentFailure> confirm(const Attempt& attempt,
                                                       const Registration& registered) {
    const json::object fields{
        {"action", "check_tailscale_status"},
        {"device_id", registered.enrollment.device_id},
        {"enrollment_token", attempt.request.token.reveal()},
        {"hostname", host_label(registered.enrollment.facts)},
    };
    bool has_lost_answer = false;
    std::optional<EnrollmentFailure> call_failure, join_failure;
    auto joined_at = attempt.hooks.steady_now();
    for (milliseconds planned = first_pause;; planned = std::min(planned * 5 / 4, pause_max)) {
        auto answer = attempt.call(fields);
        milliseconds pause = planned;
        if (answer) {
            if (is_connected(answer->fields)) return std::move(answer->fields);
            call_failure.reset();
            const std::string note = text_of(answer->fields, "error");
            if (!note.empty()) attempt.tell(Step::confirm, Progress::Kind::retrying, note);
            if (attempt.hooks.steady_now() - joined_at >= rejoin_interval) {
                join_failure = join_again(attempt, registered);
                joined_at = attempt.hooks.steady_now();
            }
        } else {
            if (!is_worth_repeating(answer.error()))
                return std::unexpected(explain(answer.error(), has_lost_answer));
            has_lost_answer |= answer.error().kind == CallFailure::Kind::lost;
            call_failure = to_failure(answer.error());
            attempt.tell(Step::confirm, Progress::Kind::retrying, answer.error().message);
            pause = pause_after(answer.error(), planned);
        }
        if (attempt.pause(pause)) continue;
        if (call_failure) return std::unexpected(std::move(*call_failure));
        return std::unexpected(join_failure.value_or(not_seen_in_time(attempt)));
    }
}

void save(const Attempt& attempt, Enrollment& enrollment, AgentState state,
          const base::Clock& clock) {
    attempt.tell(Step::save, Progress::Kind::started, {});
    state.enrolled_at = clock.now();
    save_state(attempt.request.state_folder, state);
    enrollment.state_file = state_file(attempt.request.state_folder);
    attempt.tell(Step::save, Progress::Kind::done, enrollment.state_file.string());
}

/// What is wrong with the client of a network that the request names, before the token is shown.
std::expected<void, EnrollmentFailure> check_client(const Attempt& attempt) {
    const auto client = attempt.find_client(attempt.request.network);
    if (!client) return {};
    const Pace pace = attempt.pace();
    const auto standing = client->look(pace);
    if (!standing) return std::unexpected(to_failure(standing.error()));
    return {};
}

std::expected<DeviceFacts, EnrollmentFailure> prepare(const Attempt& attempt) {
    prepare_private_folder(attempt.request.state_folder);
    if (const auto checked = check_client(attempt); !checked)
        return std::unexpected(checked.error());
    attempt.tell(Step::facts, Progress::Kind::started, {});
    auto facts = gather_facts(attempt.request.facts_root);
    if (!facts) return std::unexpected(refusal(std::move(facts.error())));
    attempt.tell(Step::facts, Progress::Kind::done, facts->name + ", " + facts->os);
    return std::move(*facts);
}

/// What the server says of the device, before it is on any network.
Enrollment to_enrollment(const json::object& answer, DeviceFacts facts) {
    Enrollment enrollment;
    enrollment.device_id = text_of(answer, "device_id");
    enrollment.device_name = text_of(answer, "device_name", facts.name);
    enrollment.organization_name = text_of(answer, "organization_name");
    enrollment.status = "pending";
    enrollment.facts = std::move(facts);
    return enrollment;
}

/// Shows the token and joins the network that the server names.
std::expected<Registration, EnrollmentFailure> register_device(const Attempt& attempt,
                                                               DeviceFacts facts,
                                                               const base::Clock& clock) {
    attempt.tell(Step::verify, Progress::Kind::started, attempt.request.server.url);
    const auto answer = verify(attempt, facts);
    if (!answer) return std::unexpected(answer.error());
    const auto ahead = ahead_of(answer->server_time, clock);
    const NetworkOffer offer = read_offer(answer->fields);
    Enrollment enrollment = to_enrollment(answer->fields, std::move(facts));
    enrollment.network = offer.network;
    if (enrollment.device_id.empty())
        return std::unexpected(refusal("the server's answer names no device"));
    attempt.tell(Step::verify, Progress::Kind::done, "device " + enrollment.device_id);

    attempt.tell(Step::join, Progress::Kind::started, enrollment.network);
    AgentState state = to_state(attempt, enrollment, offer, clock);
    if (const auto joined = join(attempt, offer, state, ahead); !joined)
        return std::unexpected(joined.error());
    attempt.tell(Step::join, Progress::Kind::done, enrollment.network);
    return Registration{std::move(enrollment), std::move(state), offer, ahead};
}

}  // namespace

std::expected<Enrollment, EnrollmentFailure> enroll(const EnrollmentRequest& request,
                                                    const EnrollmentHooks& hooks,
                                                    const base::Clock& clock) {
    const Attempt attempt{request, hooks, hooks.steady_now() + request.timeout};
    auto facts = prepare(attempt);
    if (!facts) return std::unexpected(facts.error());
    auto registered = register_device(attempt, std::move(*facts), clock);
    if (!registered) return std::unexpected(registered.error());

    Enrollment& enrollment = registered->enrollment;
    if (enrollment.network != "none") {
        attempt.tell(Step::confirm, Progress::Kind::started, {});
        const auto seen = confirm(attempt, *registered);
        if (!seen) return std::unexpected(seen.error());
        enrollment.status = text_of(*seen, "status", "active");
        enrollment.hostname = text_of(*seen, "tailscale_hostname");
        enrollment.ip = text_of(*seen, "tailscale_ip");
        attempt.tell(Step::confirm, Progress::Kind::done, enrollment.ip);
    }
    save(attempt, enrollment, std::move(registered->state), clock);
    return std::move(enrollment);
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
