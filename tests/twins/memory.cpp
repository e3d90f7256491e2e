// Members of answers by their names, and what letters say.
// SPDX-License-Identifier: Apache-2.0
#include "twins/memory.hpp"

#include <algorithm>
#include <regex>

#include <boost/json/parse.hpp>

#include "base/encoding.hpp"

namespace muster::twins {

namespace {

constexpr std::size_t kept_max = 60;
constexpr std::string_view remembered[] = {
    "device_id",   "enrollment_token", "access_token",        "refresh_token", "cursor",
    "next_cursor", "hashed_token",     "tailscale_device_id", "node_id"};

/// What kind of thing a member "id" names, by the path that answered with it.
std::string_view kind_of_ids(std::string_view path) {
    struct Row {
        std::string_view part;
        std::string_view kind;
    };
    static constexpr Row rows[] = {
        {"/factors", "factor"},
        {"/auth/v1/token", "user"},
        {"/auth/v1/", "user"},
        {"/roster/v1/users", "user"},
        {"/roster/v1/devices", "device_id"},
        {"/rest/v1/devices", "device_id"},
        {"/organizations", "organization"},
        {"/network/connections", "connection"},
    };
    for (const Row& row : rows) {
        if (path.contains(row.part)) return row.kind;
    }
    return "row";
}

template <class Value>
void push(std::vector<Value>& values, Value value) {
    values.push_back(std::move(value));
    if (values.size() > kept_max) values.erase(values.begin());
}

template <class List>
std::size_t recent(differential::Dice& dice, const List& list) {
    const std::size_t range = dice.chance(60) ? std::min<std::size_t>(list.size(), 5) : list.size();
    return list.size() - 1 - dice.below(range);
}

std::string parameter(std::string_view query, const std::string& name) {
    const auto at = query.find(name + "=");
    if (at == std::string_view::npos) return {};
    query.remove_prefix(at + name.size() + 1);
    return base::decode_form(query.substr(0, query.find_first_of("&#"))).value_or("");
}

}  // namespace

void Memory::keep(std::string_view kind, std::string value) {
    auto& values = m_values[std::string(kind)];
    if (std::ranges::find(values, value) == values.end()) push(values, std::move(value));
}

std::string Memory::pick(differential::Dice& dice, std::string_view kind) const {
    const auto found = m_values.find(kind);
    if (found == m_values.end() || found->second.empty()) return {};
    return found->second[recent(dice, found->second)];
}

const MailedToken* Memory::pick_mailed(differential::Dice& dice) const {
    return m_mailed.empty() ? nullptr : &m_mailed[recent(dice, m_mailed)];
}

Factor* Memory::pick_factor(differential::Dice& dice) {
    return m_factors.empty() ? nullptr : &m_factors[recent(dice, m_factors)];
}

void Memory::learn(const Step& step, const Answer& answer, const std::string& bearer) {
    for (const Letter& letter : answer.letters) learn_letter(letter);
    const std::string location = answer.header("Location");
    for (const char* const name : {"access_token", "refresh_token", "code"}) {
        std::string value = parameter(location, name);
        if (!value.empty()) keep(name, std::move(value));
    }
    if (answer.status >= 300 || !answer.content_type.contains("json")) return;
    boost::system::error_code error;
    const json::value body = json::parse(answer.body, error);
    if (error) return;
    learn_members(step, body);
    if (body.is_object()) learn_factor(step, body.get_object(), bearer);
}

void Memory::learn_members(const Step& step, const json::value& value) {
    if (const json::array* const list = value.if_array()) {
        for (const json::value& item : *list) learn_members(step, item);
    }
    const json::object* const object = value.if_object();
    if (!object) return;
    for (const auto& member : *object) {
        learn_members(step, member.value());
        if (!member.value().is_string()) continue;
        const std::string_view name = member.key();
        std::string text(member.value().get_string());
        if (name == "id")
            keep(kind_of_ids(step.target), std::move(text));
        else if (std::ranges::find(remembered, name) != std::end(remembered))
            keep(name, std::move(text));
    }
    if (const json::value* const hash = object->if_contains("hashed_token")) {
        const auto text = [&](const char* name) {
            const json::value* const found = object->if_contains(name);
            return found && found->is_string() ? std::string(found->get_string()) : std::string();
        };
        if (!hash->is_string()) return;
        keep_mailed({text("verification_type"), text("email"), text("email_otp"),
                     text("action_link"), text("hashed_token")});
    }
}

void Memory::learn_factor(const Step& step, const json::object& body, const std::string& bearer) {
    const json::value* const id = body.if_contains("id");
    if (!step.target.contains("/auth/v1/factors") || !id || !id->is_string()) return;
    if (const json::value* const totp = body.if_contains("totp"); totp && totp->is_object()) {
        const json::value* const secret = totp->get_object().if_contains("secret");
        push(m_factors, Factor{std::string(id->get_string()),
                               secret ? std::string(secret->as_string()) : "", bearer});
    }
    if (!step.target.ends_with("/challenge")) return;
    for (Factor& factor : m_factors) {
        if (step.target.contains(factor.id)) factor.challenge = id->get_string();
    }
}

void Memory::learn_letter(const Letter& letter) {
    static const std::regex code("\\n([0-9]{6})\\r\\n");
    std::smatch match;
    MailedToken mailed{.address = letter.to};
    if (std::regex_search(letter.text, match, code)) mailed.code = match[1].str();
    const auto at = letter.text.find("/auth/v1/verify?");
    if (at != std::string::npos) {
        mailed.link = letter.text.substr(at, letter.text.find_first_of("\r\n", at) - at);
        mailed.hash = parameter(mailed.link, "token");
        mailed.type = parameter(mailed.link, "type");
    }
    keep_mailed(std::move(mailed));
}

void Memory::keep_mailed(MailedToken mailed) {
    const auto at = mailed.link.find("/auth/v1/verify");
    if (at != std::string::npos) mailed.link = mailed.link.substr(at);
    push(m_mailed, std::move(mailed));
}

}  // namespace muster::twins
