// When keys of another project are fetched, and who waits for it.
// SPDX-License-Identifier: Apache-2.0
#include "api/foreign_keys.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "fakes/run.hpp"

namespace muster::api {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;
using Document = std::expected<std::string, std::string>;

std::string jwks_of(const crypto::JwtKey& key) {
    return json::serialize(json::object{{"keys", json::array{key.public_jwk()}}});
}

class ForeignKeysTest : public ::testing::Test {
protected:
    ForeignKeysTest()
        : m_keys(
              m_context.get_executor(), m_verifier, [this] { return fetch(); },
              [this] { ++m_changes; }) {}

    asio::awaitable<Document> fetch() {
        ++m_fetches;
        co_await asio::post(m_context, asio::use_awaitable);
        co_return m_document;
    }
    void refresh(std::chrono::seconds at) {
        asio::co_spawn(m_context, m_keys.refresh_if_due(m_start + at), asio::detached);
        run();
    }
    bool look(std::chrono::seconds at) {
        bool changed = false;
        const auto keep = [&](std::exception_ptr, bool value) { changed = value; };
        asio::co_spawn(m_context, m_keys.look_for_new(m_start + at), keep);
        run();
        return changed;
    }
    void run() {
        m_context.restart();
        m_context.run();
    }
    bool believes(const crypto::JwtKey& key) const {
        const std::string token = key.sign({{"exp", 60}});
        return m_verifier.verify(token, core_start).has_value();
    }

    static constexpr std::chrono::sys_time<std::chrono::microseconds> core_start{};
    const crypto::JwtKey m_first = crypto::JwtKey::generate_es256();
    const crypto::JwtKey m_second = crypto::JwtKey::generate_es256();
    asio::io_context m_context{1};
    crypto::JwtVerifier m_verifier{{}};
    Document m_document = jwks_of(m_first);
    int m_fetches = 0;
    int m_changes = 0;
    const ForeignKeys::Time m_start = std::chrono::steady_clock::now();
    ForeignKeys m_keys;
};

TEST_F(ForeignKeysTest, AreFetchedAtOnceAndThenNowAndThen) {
    refresh(0s);
    EXPECT_EQ(m_fetches, 1);
    EXPECT_TRUE(believes(m_first));
    refresh(foreign_keys_interval - 1s);
    EXPECT_EQ(m_fetches, 1);
    refresh(foreign_keys_interval);
    EXPECT_EQ(m_fetches, 2);
    EXPECT_EQ(m_changes, 1) << "the same document changes nothing";
    m_document = jwks_of(m_second);
    refresh(2 * foreign_keys_interval);
    EXPECT_EQ(m_changes, 2);
    EXPECT_FALSE(believes(m_first));
    EXPECT_TRUE(believes(m_second));
}

TEST_F(ForeignKeysTest, AFailureKeepsTheKeysAndIsRepeatedEverLater) {
    std::chrono::seconds at = 0s;
    for (const Document& broken : {Document(std::unexpected("refused")), Document("<html>")}) {
        m_document = jwks_of(m_first);
        at += 2 * foreign_keys_interval;
        refresh(at);
        m_document = broken;
        at += foreign_keys_interval;
        std::chrono::seconds wait = foreign_keys_retry;
        refresh(at);
        for (int failure = 0; failure < 12; ++failure) {
            const int before = m_fetches;
            refresh(at + wait - 1s);
            EXPECT_EQ(m_fetches, before);
            at += wait;
            refresh(at);
            EXPECT_EQ(m_fetches, before + 1);
            wait = std::min(wait * 2, foreign_keys_interval);
        }
        EXPECT_EQ(wait, foreign_keys_interval);
        EXPECT_TRUE(believes(m_first)) << "what was known stays known";
    }
}

TEST_F(ForeignKeysTest, AnUnknownKeyIsLookedForOnceInAWhile) {
    EXPECT_TRUE(look(0s));
    EXPECT_EQ(m_fetches, 1);
    m_document = jwks_of(m_second);
    EXPECT_FALSE(look(foreign_keys_pause - 1s));
    EXPECT_EQ(m_fetches, 1) << "anybody can make up a kid";
    EXPECT_TRUE(look(foreign_keys_pause));
    EXPECT_TRUE(believes(m_second));
    EXPECT_FALSE(look(2 * foreign_keys_pause)) << "nothing new there";
    EXPECT_EQ(m_fetches, 3);
}

TEST_F(ForeignKeysTest, ManyWaitForOneFetch) {
    int changed = 0;
    const auto keep = [&](std::exception_ptr, bool value) { changed += value ? 1 : 0; };
    for (int i = 0; i < 20; ++i) {
        asio::co_spawn(m_context, m_keys.look_for_new(m_start), keep);
    }
    run();
    EXPECT_EQ(m_fetches, 1);
    EXPECT_EQ(changed, 20);
}

}  // namespace
}  // namespace muster::api
