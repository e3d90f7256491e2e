// Time, credentials, and the words that all requests are made of.
// SPDX-License-Identifier: Apache-2.0
#include "twins/script.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace muster::twins {

namespace {

using namespace std::chrono_literals;

constexpr core::Timestamp start{std::chrono::microseconds(1'795'428'000'000'000)};
constexpr std::string_view known_people[] = {"ana@a.test",  "ben@a.test",  "sue@a.test",
                                             "boss@a.test", "root@a.test", "boss@b.test"};

}  // namespace

Script::Script(std::uint64_t seed, const Twin& first)
    : m_dice(seed),
      m_first(first),
      m_requests(m_dice, m_world, first.people()),
      m_now(start),
      m_keys(first.key_bearers()) {
    for (const std::string& id : first.organizations()) m_memory.keep("organization", id);
    for (const auto& person : first.people()) {
        if (person.kind == differential::Asker::Kind::user) m_memory.keep("user", person.id);
    }
}

void Script::look(const Tables& tables) {
    m_world = m_first.world(tables);
    for (const auto& row : m_world.rows("devices")) {
        if (m_dice.chance(20)) m_memory.keep("device_id", differential::text_of(row, "id"));
        const std::string node = differential::text_of(row, "tailscale_device_id");
        if (!node.empty()) m_memory.keep("node_id", node);
    }
}

Step Script::next() {
    static constexpr Choice choices[] = {
        {34, &Script::make_table_request},
        {25, &Script::make_enrollment},
        {21, &Script::make_auth_request},
        {8, &Script::make_admin_request},
        {8, &Script::make_roster_request},
        {8, &Script::make_network_request},
        {4, &Script::make_job},
    };
    Step step;
    step.number = m_count++;
    pass_time(step);
    m_bearer.clear();
    make_one(choices, step);
    return step;
}

void Script::learn(const Step& step, const Answer& answer) {
    m_memory.learn(step, answer, m_bearer);
}

/// Whole milliseconds: ids that a database counts then sort beside those of the server.
void Script::pass_time(Step& step) {
    const auto kind = m_dice.below(200);
    std::chrono::milliseconds passed(m_dice.between(1, 4'000));
    if (kind == 0) passed = std::chrono::hours(m_dice.between(24, 200));
    if (kind >= 1 && kind < 6) passed = std::chrono::minutes(m_dice.between(30, 700));
    if (kind >= 6 && kind < 26) passed = std::chrono::seconds(m_dice.between(30, 1'500));
    m_now += passed;
    step.at = m_now;
}

void Script::make_job(Step& step) {
    static constexpr Step::Kind kinds[] = {Step::Kind::sweep,         Step::Kind::deliver,
                                           Step::Kind::deliver,       Step::Kind::reconcile,
                                           Step::Kind::network_fails, Step::Kind::node_leaves};
    step.kind = m_dice.pick(kinds);
    if (step.kind == Step::Kind::node_leaves) step.target = m_memory.pick(m_dice, "node_id");
}

void Script::add_credentials(Step& step, const std::string& bearer) {
    m_bearer = bearer;
    if (!bearer.empty()) step.headers.emplace_back("Authorization", "Bearer " + bearer);
    const bool gateway = step.target.starts_with("/auth/v1") || step.target.starts_with("/rest/v1");
    if (gateway && m_dice.chance(97)) step.headers.emplace_back("apikey", m_first.anon_key());
}

void Script::post(Step& step, std::string target, json::object body) {
    step.method = "POST";
    step.target = std::move(target);
    if (m_dice.chance(6)) break_body(body);
    step.body = json::serialize(body);
    if (m_dice.chance(1)) step.body.resize(m_dice.below(step.body.size()));
    if (m_dice.chance(5)) step.headers.emplace_back("Accept-Language", "es");
}

void Script::get(Step& step, std::string target) {
    step.method = m_dice.chance(97) ? "GET" : "HEAD";
    step.target = std::move(target);
}

void Script::break_body(json::object& body) {
    if (body.empty()) return;
    auto member = body.begin() + m_dice.below(body.size());
    switch (m_dice.below(8)) {
        case 0: body.erase(member); break;
        case 1: member->value() = 7; break;
        case 2: member->value() = nullptr; break;
        case 3: member->value() = json::object{{"a", json::array{1, 2}}}; break;
        case 4: member->value() = ""; break;
        case 5: member->value() = std::string(m_dice.between(50, 1'100), 'x'); break;
        case 6: member->value() = "tab\tand \u0001 control"; break;
        default: member->value() = "Ñandú 机 \U0001F600"; break;
    }
}

std::string Script::someone() {
    const auto kind = m_dice.below(20);
    if (kind == 0) return {};
    if (kind == 1) return m_dice.pick(m_keys);
    if (kind == 2) return "no.such.token";
    if (kind < 9) {
        const std::string token = m_memory.pick(m_dice, "access_token");
        if (!token.empty()) return token;
    }
    return m_dice.pick(m_first.people()).token;
}

std::string Script::admin() {
    if (m_dice.chance(25)) return someone();
    for (;;) {
        const differential::Asker& person = m_dice.pick(m_first.people());
        const bool leads = person.name.contains("boss") || person.name.contains("root") ||
                           person.name == "carl" || person.name == "service";
        if (leads) return person.token;
    }
}

std::string Script::any(std::string_view kind, unsigned known_percent) {
    std::string known;
    if (m_dice.chance(known_percent)) known = m_memory.pick(m_dice, kind);
    return known.empty() ? fmt::format("unknown-{}", m_dice.below(1'000)) : known;
}

std::string Script::some_id(std::string_view kind) {
    if (m_dice.chance(3)) return "00000000-0000-4000-8000-0000000000aa";
    return any(kind, 97);
}

std::string Script::word(std::initializer_list<const char*> words) {
    return words.begin()[m_dice.below(words.size())];
}

std::string Script::address() {
    const auto kind = m_dice.below(10);
    if (kind < 3) return std::string(m_dice.pick(known_people));
    if (kind == 3) return word({"nobody@x.test", "no address", "ANA@A.test", "a@b@c", "é@x.test"});
    const std::string known = m_memory.pick(m_dice, "address");
    return known.empty() ? new_address() : known;
}

std::string Script::new_address() {
    std::string made =
        fmt::format("{}{}@x.test", word({"new", "New", "o'hara", "new+tag"}), m_addresses++);
    m_memory.keep("address", made);
    return made;
}

/// A function of the address: a later sign-in knows it.
std::string Script::password_for(const std::string& address) {
    if (m_dice.chance(6)) return word({"wrong password", "short", "contraseña larga ñ"});
    return "password of " + address;
}

std::string Script::name() {
    return word({"Laptop", "Ana's Mac", "机 1", "100% \"new\"", "back\\slash", "null", "a,b"});
}

std::string Script::fingerprint() {
    return fmt::format("fp-{}", m_dice.below(40));
}

std::string Script::redirect() {
    return word({"https://app.test/in", "https://other.test/deep/er", "https://evil.test/",
                 "javascript:alert(1)", "https://app.test"});
}

json::object Script::metadata() {
    json::object object{{"name", name()}};
    if (m_dice.chance(40)) object["count"] = static_cast<std::int64_t>(m_dice.below(100));
    if (m_dice.chance(20)) object["ratio"] = 0.25;
    if (m_dice.chance(30)) object["tags"] = json::array{"b", "a", nullptr, true};
    if (m_dice.chance(20)) object["role"] = "global_admin";
    if (m_dice.chance(20)) object["gone"] = nullptr;
    return object;
}

}  // namespace muster::twins
