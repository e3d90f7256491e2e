// The commands that speak to /roster/v1 and to device-enrollment, against a scripted server: what
// they ask for, and what people and scripts see.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "agent/http_server_fake.hpp"
#include "cli/program_test.hpp"

namespace muster::cli {
namespace {

using agent::FakeAnswer;
using agent::FakeRequest;
using agent::HttpServerFake;

const std::string ada = "01970000-0000-7000-8000-00000000000a";
const std::string bob = "01970000-0000-7000-8000-00000000000b";

const std::string ada_json =
    R"({"id":")" + ada +
    R"(","name":"ada","device_type":"laptop","os":"Debian","status":"active","trust_level":"high",)"
    R"("user_email":"ada@example.org","network":"simulated","tailscale_ip":"100.64.0.1",)"
    R"("last_seen":"2026-11-23T09:57:00+00:00","created_at":"2026-11-20T10:00:00+00:00"})";
const std::string bob_json = R"({"id":")" + bob +
                             R"(","name":"twin","device_type":"laptop","status":"pending",)"
                             R"("trust_level":"low","user_email":null,"last_seen":null})";
const std::string twin_json =
    R"({"id":"02970000-0000-7000-8000-00000000000c","name":"twin","status":"active"})";

const std::string ada_page =
    R"({"device":)" + ada_json +
    R"(,"trust":{"level":"high","score":90,"pinned":false,"reasons":[{"fact":"fingerprint",)"
    R"("provenance":"claimed","observed_at":"2026-11-22T10:00:00+00:00","points":30,)"
    R"("text":"It named itself."}]},"membership":{"network":"simulated","node_id":"n-1",)"
    R"("hostname":"ada.sim","confirmed_at":"2026-11-23T09:00:00+00:00"},"jobs":[{"id":"j-1",)"
    R"("kind":"remove_node","network":"simulated","state":"waiting","attempts":3,)"
    R"("next_attempt_at":"2026-11-23T10:01:00+00:00","last_error":"no answer",)"
    R"("created_at":"2026-11-23T09:00:00+00:00","finished_at":null}]})";

FakeAnswer refused(int status, const char* body) {
    return {status, body};
}

bool begins(const FakeRequest& request, const std::string& line) {
    return (request.method + " " + request.target).starts_with(line);
}

FakeAnswer enrollment_answer(const FakeRequest& request) {
    const auto fields = request.json();
    const auto& action = fields.at("action").as_string();
    if (action == "create_pending_device")
        return {200, R"({"success":true,"device_id":"d-9","enrollment_token":"muster-t+1",)"
                     R"("expires_at":"2026-11-24T09:59:59+00:00","has_tailscale_key":true})"};
    if (action == "reactivate")
        return {200, R"({"success":true,"status":"pending","enrollment_token":"muster-t2",)"
                     R"("expires_at":"2026-11-24T10:00:00+00:00"})"};
    return {200, R"({"success":true,"status":"revoked"})"};
}

/// A small roster: ada, and two devices called twin.
std::optional<FakeAnswer> roster(const FakeRequest& request) {
    if (begins(request, "POST /functions/v1/device-enrollment")) return enrollment_answer(request);
    if (begins(request, "GET /roster/v1/devices/" + ada)) return FakeAnswer{200, ada_page};
    if (begins(request, "GET /roster/v1/devices/"))
        return refused(404, R"({"error":"There is no such device.","code":"device_not_found"})");
    if (begins(request, "GET /roster/v1/devices?name=ada&"))
        return FakeAnswer{200, R"({"devices":[)" + ada_json + R"(],"next_cursor":null})"};
    if (begins(request, "GET /roster/v1/devices?name=twin&"))
        return FakeAnswer{200, R"({"devices":[)" + bob_json + "," + twin_json + "]}"};
    if (begins(request, "GET /roster/v1/devices?name=") ||
        begins(request, "GET /roster/v1/devices?status=revoked"))
        return FakeAnswer{200, R"({"devices":[],"next_cursor":null})"};
    if (begins(request, "GET /roster/v1/devices?") && request.target.ends_with("cursor=more"))
        return FakeAnswer{200, R"({"devices":[)" + bob_json + R"(],"next_cursor":null})"};
    if (begins(request, "GET /roster/v1/devices?"))
        return FakeAnswer{200, R"({"devices":[)" + ada_json + R"(],"next_cursor":"more"})"};
    if (begins(request, "GET /roster/v1/users"))
        return FakeAnswer{200,
                          R"({"users":[{"id":"u-1","email":"Ada@example.org","full_name":"Ada",)"
                          R"("role":"user","organization_id":null,"last_sign_in_at":null}]})"};
    if (begins(request, "POST /roster/v1/users"))
        return FakeAnswer{200, R"({"user":{"id":"u-2","email":"b@c","role":"user"}})"};
    if (begins(request, "POST /roster/v1/organizations"))
        return FakeAnswer{200, R"({"organization":{"id":"o-2","name":"Acme"}})"};
    if (begins(request, "GET /roster/v1/events"))
        return FakeAnswer{200, R"({"events":[{"id":"e","device_id":")" + ada +
                                   R"(","event_type":"device_revoked","details":{"reason":"lost",)"
                                   R"("n":2},"created_at":"2026-11-23T09:59:00+00:00"}]})"};
    if (begins(request, "GET /roster/v1/audit"))
        return FakeAnswer{200, R"({"entries":[{"id":"a","user_id":null,"event":"device_enrolled",)"
                               R"("details":{},"created_at":"2026-11-23T09:59:00+00:00"}]})"};
    if (begins(request, "GET /roster/v1/network/nodes"))
        return FakeAnswer{200, R"({"network":"simulated","nodes":[{"id":"n-1","hostname":"ada",)"
                               R"("ip":"100.64.0.1","online":true,"tags":["tag:a","tag:b"]}]})"};
    return FakeAnswer{200, R"({"success":true})"};
}

const std::string enrollment = "POST /functions/v1/device-enrollment ";

class RosterCommands : public testing::Test {
protected:
    RosterCommands() {
        program.environment["MUSTER_URL"] = server.url();
        program.environment["MUSTER_KEY"] = "k";
    }
    /// "METHOD target body" of each request.
    std::vector<std::string> asked() const {
        std::vector<std::string> lines;
        for (const FakeRequest& request : server.requests())
            lines.push_back(request.method + " " + request.target +
                            (request.body.empty() ? "" : " " + request.body));
        return lines;
    }
    struct Exchange {
        const char* name;
        std::vector<std::string> arguments;
        std::string last_request;
        std::string out_has;
    };
    void check(const std::vector<Exchange>& cases) {
        for (const Exchange& c : cases) {
            SCOPED_TRACE(c.name);
            const auto ended = program.run(c.arguments);
            EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
            EXPECT_EQ(asked().back(), c.last_request);
            EXPECT_NE(ended.out.find(c.out_has), std::string::npos) << ended.out;
        }
    }
    HttpServerFake server{roster};
    ProgramFake program;
};

TEST_F(RosterCommands, WhatDeviceCommandsSendAndSay) {
    check({
        {"show by name",
         {"device", "show", "ada"},
         "GET /roster/v1/devices/" + ada,
         "+30  It named itself. [claimed, 1d ago]"},
        {"show by id", {"device", "show", ada}, "GET /roster/v1/devices/" + ada, "90 of 100"},
        {"show its jobs",
         {"device", "show", "ada"},
         "GET /roster/v1/devices/" + ada,
         "remove_node"},
        {"revoke",
         {"device", "revoke", ada, "--reason", "lost"},
         enrollment + R"({"action":"revoke","device_id":")" + ada + R"(","reason":"lost"})",
         "is revoked"},
        {"reactivate",
         {"device", "reactivate", "ada"},
         enrollment + R"({"action":"reactivate","device_id":")" + ada + "\"}",
         "muster-t2"},
        {"pin",
         {"device", "trust", "ada", "--level", "low", "--reason", "r"},
         enrollment + R"({"action":"set_trust_level","trust_level":"low","device_id":")" + ada +
             R"(","reason":"r"})",
         "trust level low"},
        {"re-evaluate",
         {"device", "trust", "ada", "--reevaluate"},
         enrollment + R"({"action":"set_trust_level","trust_level":"derived","device_id":")" + ada +
             R"(","reason":"re-evaluated on request"})",
         "evidence"},
        {"delete",
         {"device", "delete", "ada", "--yes"},
         "DELETE /roster/v1/devices/" + ada,
         "deleted"},
        {"token",
         {"token", "create", "--name", "n", "--type", "linux", "--os", "o", "--user",
          "ada@EXAMPLE.org"},
         enrollment + R"({"action":"create_pending_device","device_name":"n",)"
                      R"("device_type":"linux","os":"o","user_id":"u-1"})",
         "Expires  in 1d"},
    });
}

TEST_F(RosterCommands, WhatOtherCommandsSendAndSay) {
    check({
        {"events of one",
         {"event", "list", "--device", "ada", "--limit", "7"},
         "GET /roster/v1/events?device_id=" + ada + "&limit=7",
         "device_revoked  reason=lost n=2"},
        {"audit", {"audit", "list"}, "GET /roster/v1/audit?limit=50", "device_enrolled"},
        {"users", {"user", "list"}, "GET /roster/v1/users", "Ada@example.org"},
        {"user",
         {"user", "create", "--email", "b@c", "--name", "B", "--role", "support", "--organization",
          "o-1"},
         R"(POST /roster/v1/users {"email":"b@c","full_name":"B","role":"support",)"
         R"("organization_id":"o-1"})",
         "cannot sign in"},
        {"role",
         {"user", "role", "ada@example.org", "support"},
         R"(PATCH /roster/v1/users/u-1 {"role":"support"})",
         "has role support"},
        {"delete user",
         {"user", "delete", "ada@example.org", "--yes"},
         "DELETE /roster/v1/users/u-1",
         "is deleted"},
        {"organisation",
         {"org", "create", "Acme"},
         R"(POST /roster/v1/organizations {"name":"Acme"})",
         "o-2"},
        {"nodes", {"network", "nodes"}, "GET /roster/v1/network/nodes", "tag:a, tag:b"},
    });
}

TEST_F(RosterCommands, UserWithPassword) {
    program.input = "correct horse\n";
    const auto ended =
        program.run({"user", "create", "--email", "b@c", "--name", "B", "--password-stdin"});
    EXPECT_EQ(ended.exit_code, exit_done) << ended.err;
    EXPECT_EQ(server.requests().back().json().at("password"), "correct horse");
    EXPECT_EQ((ended.out + ended.err).find("correct horse"), std::string::npos);
    program.input = "";
    EXPECT_EQ(program.run({"user", "create", "--email", "b@c", "--name", "B", "--password-stdin"})
                  .exit_code,
              exit_usage);
}

TEST_F(RosterCommands, DeviceListInPages) {
    const auto table = program.run({"device", "list"});
    EXPECT_EQ(table.exit_code, exit_done) << table.err;
    EXPECT_EQ(
        table.out,
        "ID                                    NAME  STATUS   TRUST  TYPE    USER             "
        "NETWORK    LAST SEEN\n" +
            ada + "  ada   active   high   laptop  ada@example.org  simulated  3m ago\n" + bob +
            "  twin  pending  low    laptop  -                -          -\n");
    const std::vector<std::string> pages{"GET /roster/v1/devices?limit=50",
                                         "GET /roster/v1/devices?limit=49&cursor=more"};
    EXPECT_EQ(asked(), pages);

    const auto first = program.run({"device", "list", "--limit", "1", "--json"});
    const auto answer = boost::json::parse(first.out).as_object();
    EXPECT_EQ(answer.at("devices").as_array().size(), 1U);
    EXPECT_EQ(answer.at("next_cursor"), "more");

    EXPECT_EQ(program.run({"device", "list", "--limit", "10000"}).exit_code, exit_done);
    EXPECT_EQ(asked()[3], "GET /roster/v1/devices?limit=200");
}

TEST_F(RosterCommands, DeviceListFilters) {
    const auto ended =
        program.run({"device", "list", "--status", "revoked", "--trust", "low", "--user", "a+b@c"});
    EXPECT_EQ(ended.out, "No devices match. Add one: muster token create\n");
    EXPECT_EQ(asked().back(),
              "GET /roster/v1/devices?status=revoked&trust_level=low&user=a%2Bb%40c&limit=50");
}

TEST_F(RosterCommands, WhichDevice) {
    struct Case {
        const char* name;
        const char* typed;
        int exit_code;
        const char* says;
    };
    const Case cases[] = {
        {"exact name", "ada", exit_done, "ada"},
        {"unique start of the id", "01970000-0000-7000-8000-00000000000a", exit_done, "ada"},
        {"two of that name", "twin", exit_refused, "could be any of 2 devices"},
        {"start of two ids", "0197", exit_refused, "could be any of 2 devices"},
        {"too short for the start of an id", "019", exit_refused, "no device has the name or id"},
        {"nobody", "carol", exit_refused, "no device has the name or id \"carol\""},
        {"unknown id", "01970000-0000-7000-8000-0000000000ff", exit_refused,
         "There is no such device. (device_not_found)"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto ended = program.run({"device", "show", c.typed});
        EXPECT_EQ(ended.exit_code, c.exit_code) << ended.err;
        EXPECT_NE((ended.out + ended.err).find(c.says), std::string::npos)
            << ended.out << ended.err;
    }
    const auto by_start = program.run({"device", "show", "01970000-0000-7000-8000-00000000000A"});
    EXPECT_EQ(by_start.exit_code, exit_done) << by_start.err;
}

TEST_F(RosterCommands, TokenLinkAndPicture) {
    const std::string link = server.url() + "/enroll?token=muster-t%2B1";
    const auto text = program.run({"token", "create"});
    EXPECT_NE(text.out.find("Link     " + link + "\n"), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("muster enroll --url " + server.url() + " --token muster-t+1\n"),
              std::string::npos);
    EXPECT_NE(text.out.find("\u2588\u2588\u2588\u2588"), std::string::npos);

    const auto json = program.run({"token", "create", "--json"});
    const auto answer = boost::json::parse(json.out).as_object();
    EXPECT_EQ(std::string(answer.at("link").as_string()), link);
    EXPECT_EQ(answer.at("enrollment_token"), "muster-t+1");

    const std::filesystem::path picture = program.home() / "code.svg";
    const auto svg = program.run({"token", "create", "--svg", picture.string()});
    EXPECT_EQ(svg.exit_code, exit_done) << svg.err;
    EXPECT_EQ(svg.out.find("\u2588"), std::string::npos);
    EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(picture).permissions()), 0600U);
    EXPECT_GT(std::filesystem::file_size(picture), 1000U);
}

TEST_F(RosterCommands, NothingIsDeletedWithoutYes) {
    EXPECT_EQ(program.run({"device", "delete", "ada"}).exit_code, exit_usage);
    EXPECT_EQ(program.run({"user", "delete", "ada@example.org"}).exit_code, exit_usage);
    EXPECT_TRUE(asked().empty());
}

TEST_F(RosterCommands, ColoursOnlyOnATerminal) {
    const auto has_colour = [this](std::vector<std::string> more) {
        std::vector<std::string> arguments{"device", "list"};
        std::ranges::copy(more, std::back_inserter(arguments));
        return program.run(arguments).out.find("\x1b[32mhigh\x1b[0m") != std::string::npos;
    };
    EXPECT_FALSE(has_colour({}));
    program.is_terminal = true;
    EXPECT_TRUE(has_colour({}));
    EXPECT_FALSE(has_colour({"--no-color"}));
    EXPECT_FALSE(has_colour({"--json"}));
    program.environment["NO_COLOR"] = "1";
    EXPECT_FALSE(has_colour({}));
}

TEST(ServerTrouble, ExitCodesAndSentences) {
    struct Case {
        const char* name;
        std::optional<FakeAnswer> answer;
        int exit_code;
        const char* says;
    };
    const Case cases[] = {
        {"not signed in", refused(401, R"({"error":"Sign in.","code":"authorization_required"})"),
         exit_refused, "error: Sign in. (authorization_required)\nhint: sign in: muster login"},
        {"not allowed", refused(403, R"({"error":"Admins only.","code":"permission_denied"})"),
         exit_refused, "error: Admins only. (permission_denied)\n"},
        {"no words", refused(500, "oops"), exit_refused, "status 500"},
        {"hangs up", std::nullopt, exit_unreachable, "hint: is the server running"},
        {"another program", FakeAnswer{200, "<html>"}, exit_unreachable, "not as Muster does"},
        {"sentence with an escape sequence", refused(400, R"({"error":"a\u001b[2Jb"})"),
         exit_refused, "error: a?[2Jb\n"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const HttpServerFake server([&c](const FakeRequest&) { return c.answer; });
        ProgramFake program;
        program.environment = {{"MUSTER_URL", server.url()}, {"MUSTER_KEY", "k"}};
        const auto ended = program.run({"device", "list"});
        EXPECT_EQ(ended.exit_code, c.exit_code);
        EXPECT_NE(ended.err.find(c.says), std::string::npos) << ended.err;
        EXPECT_EQ(ended.out, "");
    }
    ProgramFake program;
    program.environment = {{"MUSTER_URL", agent::unreachable_url()}, {"MUSTER_KEY", "k"}};
    EXPECT_EQ(program.run({"device", "list"}).exit_code, exit_unreachable);
}

TEST(ServerTrouble, LanguageOfThePerson) {
    struct Case {
        std::map<std::string, std::string> environment;
        const char* line;
    };
    const Case cases[] = {
        {{}, "Accept-Language: en"},
        {{{"LANG", "es_CL.UTF-8"}}, "Accept-Language: es"},
        {{{"LANG", "es_CL.UTF-8"}, {"LC_ALL", "C"}}, "Accept-Language: en"},
        {{{"LANG", "en_GB"}, {"LC_MESSAGES", "es_ES"}}, "Accept-Language: es"},
    };
    for (const Case& c : cases) {
        const HttpServerFake server([](const FakeRequest&) { return FakeAnswer{}; });
        ProgramFake program;
        program.environment = c.environment;
        program.environment["MUSTER_URL"] = server.url();
        program.environment["MUSTER_KEY"] = "k";
        EXPECT_EQ(program.run({"org", "list"}).exit_code, exit_done);
        EXPECT_TRUE(server.requests().back().has_header_line(c.line));
    }
}

}  // namespace
}  // namespace muster::cli
