// A world for the isolation tests: two organisations with one of everything in each, and what one
// request does to it. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/api_test.hpp"
#include "fakes/mail_sender.hpp"

namespace muster::api {

/// The columns of the isolation table, in its order.
inline constexpr std::pair<Who, const char*> askers[] = {
    {Who::nobody, "nobody"},
    {Who::anon_key, "the anon key"},
    {Who::ana, "the owner, a user of A"},
    {Who::ben, "another user of A"},
    {Who::sue, "support of A"},
    {Who::boss, "org_admin of A"},
    {Who::root, "global_admin"},
    {Who::other_boss, "org_admin of B"},
    {Who::service, "the service key"},
};

/// One request; "$device_a" and its like stand for the world's ids.
struct Question {
    std::string method;
    std::string target;
    std::string body = {};
    std::string prefer = {};
};

/// In organisation A everything is Ana's; in B it is Bea's, a user whom nobody plays.
class World : public ApiTest {
public:
    World();
    void TestBody() override {}

    Reply ask(Who who, const Question& question);
    /// The text with ids instead of names.
    std::string fill(std::string_view text) const;
    std::string id(std::string_view name) const { return fill("$" + std::string(name)); }

    /// Every row of every table: what was written shows here, whatever it was.
    std::string dump();
    /// As the server.
    void sql(std::string_view statement);
    /// The one value that a query answers with; "NULL" for null, "none" without a row.
    std::string value(std::string_view query);
    /// Reads tables and rules anew: with the operator's own policies, if there are any.
    void reload(const std::string& policies = {});

    std::vector<std::string> relations() const;
    std::string text_of(const Reply& reply) const;

private:
    void add_rows_of(char organization, const std::string& owner);
    void add_connection(char organization);
    void add_device(char organization, const std::string& name, const std::string& owner,
                    std::string_view status);
    void name(const std::string& name, std::string id) { m_names[name] = std::move(id); }

    fakes::FakeMailSender m_mail;
    std::map<std::string, std::string, std::greater<>> m_names;  ///< the longer name first
};

/// A world that is made anew once something has been changed in it.
class FreshWorld {
public:
    World& get();
    /// Does this in each world that is made from now on.
    void prepare(std::string statement) {
        if (m_preparation == statement) return;
        m_preparation = std::move(statement);
        m_world.reset();
    }
    /// The letter that the isolation table has for the answer; `seen`: a text that only a granted
    /// answer contains, empty: the request writes, "*": any success is a grant.
    char letter_of(Who who, const Question& question, std::string_view seen);

private:
    std::unique_ptr<World> m_world;
    std::string m_preparation;
    std::string m_before;
};

}  // namespace muster::api
