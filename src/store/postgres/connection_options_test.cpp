// Whose word counts for a connection, and that a URL's password is in nobody's message.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/connection_options.hpp"

#include <cstdlib>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "store/test_folder.hpp"
#include "store/transaction.hpp"

namespace muster::store::postgres {
namespace {

std::map<std::string, std::string> options_of(const std::string& database) {
    std::map<std::string, std::string> options;
    for (const auto& [keyword, value] : connection_options(database)) options[keyword] = value;
    return options;
}

/// A variable of the environment, for as long as this lives.
class Variable {
public:
    Variable(const char* name, const std::string& value) : m_name(name) {
        ::setenv(name, value.c_str(), 1);
    }
    ~Variable() { ::unsetenv(m_name); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* m_name;
};

TEST(PostgresOptions, OursFillWhatIsLeftOpen) {
    const auto plain = options_of("postgresql://ana@db.example.org/muster");
    EXPECT_EQ(plain.at("host"), "db.example.org");
    EXPECT_EQ(plain.at("connect_timeout"), "3");
    EXPECT_EQ(plain.at("keepalives_idle"), "5");
    EXPECT_EQ(plain.at("tcp_user_timeout"), "10000");
    EXPECT_EQ(plain.at("application_name"), "muster");
    EXPECT_EQ(plain.at("target_session_attrs"), "primary");

    const auto given = options_of(
        "postgresql://ana@one.example.org:5433,two.example.org:5434/muster"
        "?target_session_attrs=read-write&sslmode=verify-full&sslrootcert=ca.pem"
        "&connect_timeout=9&application_name=other&options=-c%20work_mem%3D1MB"
        "&client_encoding=LATIN1");
    EXPECT_EQ(given.at("host"), "one.example.org,two.example.org");
    EXPECT_EQ(given.at("port"), "5433,5434");
    EXPECT_EQ(given.at("target_session_attrs"), "read-write");
    EXPECT_EQ(given.at("sslmode"), "verify-full");
    EXPECT_EQ(given.at("sslrootcert"), "ca.pem");
    EXPECT_EQ(given.at("connect_timeout"), "9");
    EXPECT_EQ(given.at("application_name"), "other");
    EXPECT_EQ(given.at("options"), "-c work_mem=1MB");
    EXPECT_EQ(given.at("keepalives_count"), "3");
    // What Muster sends is UTF-8, whatever anybody says.
    EXPECT_EQ(given.at("client_encoding"), "UTF8");
}

TEST(PostgresOptions, AStandbyIsNeverAnyServer) {
    const auto attributes = [](const std::string& said) {
        return options_of("postgresql://db.example.org/muster" + said).at("target_session_attrs");
    };
    EXPECT_EQ(attributes("?target_session_attrs=any"), "primary");
    EXPECT_EQ(attributes("?target_session_attrs=standby"), "standby");  // refused when it is met
    const Variable said("PGTARGETSESSIONATTRS", "read-write");
    EXPECT_FALSE(options_of("postgresql://db.example.org/muster").contains("target_session_attrs"));
}

TEST(PostgresOptions, AServiceFileAndTheEnvironmentCountToo) {
    const TestFolder folder;
    const std::string file = (folder.path() / "services").string();
    std::ofstream(file) << "[roster]\nhost=db.example.org\ndbname=muster\nconnect_timeout=7\n";
    const Variable services("PGSERVICEFILE", file);
    const Variable name("PGAPPNAME", "roster-1");
    const auto options = options_of("postgresql:///?service=roster");
    EXPECT_EQ(options.at("service"), "roster");
    // libpq reads them itself when it connects; ours may not stand in the way.
    EXPECT_FALSE(options.contains("connect_timeout"));
    EXPECT_FALSE(options.contains("application_name"));
    EXPECT_FALSE(options.contains("host"));
    EXPECT_EQ(options.at("keepalives_idle"), "5");
}

TEST(PostgresOptions, ATextThatIsNoneIsRefusedWithoutBeingShown) {
    for (const char* text : {
             "postgresql://ana:tr0ub4dor%ZZ@db.example.org/muster",
             "postgresql://ana:tr0u@b4dor@db.example.org/muster",
             "postgresql://ana:tr0u/b4dor@db.example.org/muster",
             "postgresql://ana:tr0u@b4/dor@db.example.org/muster",
             "postgresql://ana:tr0u?b4@dor@db.example.org/muster",
             "postgresql://ana:tr0ub4dor/muster",
             "postgresql://ana:tr0ub4dor",
             "postgresql://ana@db.example.org/muster?pasword=tr0ub4dor",
             "postgresql://ana@[tr0ub4dor/muster",
             "host=db.example.org pasword=tr0ub4dor",
         }) {
        SCOPED_TRACE(text);
        std::string said;
        try {
            (void)connection_options(text);
        } catch (const StoreError& refused) {
            said = refused.what();
        }
        EXPECT_TRUE(said.starts_with("this is no URL that libpq takes"));
        EXPECT_EQ(said.find("tr0u"), std::string::npos) << said;
        EXPECT_EQ(said.find("b4dor"), std::string::npos) << said;
    }
    for (const char* text : {"postgresql://ana:tr0u%40b4dor@db.example.org/muster",
                             "postgresql://db.example.org/muster?user=ana&password=tr0u@b4dor"}) {
        EXPECT_EQ(options_of(text).at("password"), "tr0u@b4dor");
        EXPECT_EQ(options_of(text).at("host"), "db.example.org");
    }
}

}  // namespace
}  // namespace muster::store::postgres
