// Draws what happens next: requests of every kind, right and wrong, by everybody, and what passes
// between them. Only the first server's answers are learnt from, so both get the same script.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "differential/dice.hpp"
#include "differential/request_maker.hpp"
#include "twins/memory.hpp"
#include "twins/step.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

class Script {
public:
    /// `first` must outlive it.
    Script(std::uint64_t seed, const Twin& first);

    Step next();
    void learn(const Step& step, const Answer& answer);
    /// The tables as they are now: where table requests find their operands.
    void look(const Tables& tables);

private:
    using Maker = void (Script::*)(Step& step);
    struct Choice {
        unsigned weight;
        Maker make;
    };
    template <std::size_t Count>
    void make_one(const Choice (&choices)[Count], Step& step);

    void pass_time(Step& step);
    void add_credentials(Step& step, const std::string& bearer);
    void post(Step& step, std::string target, json::object body);
    void get(Step& step, std::string target);
    void break_body(json::object& body);

    std::string someone();  ///< a bearer, or none
    std::string admin();    ///< mostly one that may administer
    std::string any(std::string_view kind, unsigned known_percent = 90);
    std::string some_id(std::string_view kind);
    std::string word(std::initializer_list<const char*> words);
    std::string address();
    std::string new_address();
    std::string password_for(const std::string& address);
    std::string name();
    std::string fingerprint();
    std::string redirect();
    json::object metadata();

    // script.cpp
    void make_job(Step& step);
    // script_tables.cpp
    void make_table_request(Step& step);
    // script_enrollment.cpp
    void make_enrollment(Step& step);
    json::object enrollment_body(const std::string& action);
    // script_roster.cpp
    void make_roster_request(Step& step);
    void list_devices(Step& step);
    void one_device(Step& step);
    void list_history(Step& step);
    void list_people(Step& step);
    void add_person(Step& step);
    void change_person(Step& step);
    void use_organizations(Step& step);
    // script_networks.cpp
    void make_network_request(Step& step);
    void list_connections(Step& step);
    json::object connection_fields();
    void add_connection(Step& step);
    void change_connection(Step& step);
    void remove_connection(Step& step);
    void test_connection(Step& step);
    void list_nodes(Step& step);
    void use_tailscale_api(Step& step);
    void call_netbird(Step& step);
    void deliver_webhook(Step& step);
    // script_auth.cpp
    void make_auth_request(Step& step);
    void sign_up(Step& step);
    void sign_in(Step& step);
    void refresh(Step& step);
    void exchange(Step& step);
    void use_user(Step& step);
    void change_user(Step& step);
    void log_out(Step& step);
    void ask_for_letter(Step& step);
    void follow_link(Step& step);
    void show_code(Step& step);
    void add_factor(Step& step);
    void challenge_factor(Step& step);
    void show_factor(Step& step);
    void remove_factor(Step& step);
    // script_admin.cpp
    void make_admin_request(Step& step);
    void list_users(Step& step);
    void one_user(Step& step);
    void create_user(Step& step);
    void alter_user(Step& step);
    void delete_user(Step& step);
    void invite(Step& step);
    void generate_link(Step& step);
    void use_factors_of(Step& step);
    void ask_about_server(Step& step);
    json::object admin_fields();

    differential::Dice m_dice;
    const Twin& m_first;
    differential::World m_world;
    differential::RequestMaker m_requests;
    Memory m_memory;
    core::Timestamp m_now;
    std::size_t m_count = 0;
    std::size_t m_addresses = 0;
    std::string m_bearer;  ///< of the step that is being made
    std::vector<std::string> m_keys;
};

/// Weighted: the sum of the weights may be anything.
template <std::size_t Count>
void Script::make_one(const Choice (&choices)[Count], Step& step) {
    unsigned sum = 0;
    for (const Choice& choice : choices) sum += choice.weight;
    auto drawn = m_dice.below(sum);
    for (const Choice& choice : choices) {
        if (drawn < choice.weight) return (this->*choice.make)(step);
        drawn -= choice.weight;
    }
}

}  // namespace muster::twins
