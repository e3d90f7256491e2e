// What the queue takes, retries, drops, and leaves behind.
// SPDX-License-Identifier: Apache-2.0
#include "mail/mail_queue.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "mail/folder_transport.hpp"

namespace muster::mail {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Does as it is told, and remembers.
class ScriptedTransport final : public Transport {
public:
    using Script = std::function<std::expected<void, DeliveryFailure>(
        std::size_t attempt, const std::atomic<bool>& give_up)>;
    ScriptedTransport(Script script, std::vector<std::string>& seen)
        : m_script(std::move(script)), m_seen(seen) {}
    std::expected<void, DeliveryFailure> deliver(const Mail& mail,
                                                 const std::atomic<bool>& give_up) override {
        m_seen.push_back(mail.subject);
        return m_script(m_seen.size(), give_up);
    }

private:
    Script m_script;
    std::vector<std::string>& m_seen;
};

class Queue : public testing::Test {
protected:
    /// Sends `count` mails, waits until that many have the outcome, and until the queue is gone.
    void send_all(int count, ScriptedTransport::Script script, QueueOptions options,
                  const std::string& outcome = {}) {
        MailQueue queue(std::make_unique<ScriptedTransport>(std::move(script), m_seen),
                        std::move(options), m_metrics);
        for (int i = 1; i <= count; ++i) m_taken += queue.send({"a@a.test", std::to_string(i)});
        const auto patience = std::chrono::steady_clock::now() + 20s;
        while (!outcome.empty() && !counted(outcome, count)) {
            ASSERT_LT(std::chrono::steady_clock::now(), patience);
            std::this_thread::sleep_for(1ms);
        }
    }
    bool counted(const std::string& outcome, int times) const {
        return ("\n" + m_metrics.text())
            .contains("\nmuster_mails_total{outcome=\"" + outcome + "\"} " + std::to_string(times) +
                      "\n");
    }

    base::Metrics m_metrics;
    std::vector<std::string> m_seen;
    int m_taken = 0;
};

TEST_F(Queue, DeliversInOrderAndWhatWaitsAtTheEnd) {
    send_all(5, [](auto, auto&) { return std::expected<void, DeliveryFailure>(); }, {});
    EXPECT_EQ(m_seen, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
    EXPECT_TRUE(counted("sent", 5));
}

TEST_F(Queue, RetriesWhatMayPass) {
    const auto script = [](std::size_t attempt, auto&) -> std::expected<void, DeliveryFailure> {
        if (attempt < 3) return std::unexpected(DeliveryFailure{"busy"});
        return {};
    };
    send_all(1, script, {10, {1ms, 1ms}, 5s}, "sent");
    EXPECT_EQ(m_seen.size(), 3U);
    EXPECT_TRUE(counted("sent", 1));
}

TEST_F(Queue, GivesUpAfterTheLastPause) {
    const auto script = [](auto, auto&) -> std::expected<void, DeliveryFailure> {
        return std::unexpected(DeliveryFailure{"busy"});
    };
    send_all(1, script, {10, {1ms, 1ms}, 5s}, "failed");
    EXPECT_EQ(m_seen.size(), 3U);
    EXPECT_TRUE(counted("failed", 1));
}

TEST_F(Queue, DoesNotRetryWhatIsRefused) {
    const auto script = [](auto, auto&) -> std::expected<void, DeliveryFailure> {
        return std::unexpected(DeliveryFailure{"no such mailbox", true});
    };
    send_all(2, script, {10, {1ms, 1ms}, 5s}, "failed");
    EXPECT_EQ(m_seen.size(), 2U);
    EXPECT_TRUE(counted("failed", 2));
}

TEST_F(Queue, RefusesBeyondItsLength) {
    std::atomic<bool> started = false;
    std::atomic<bool> release = false;
    const auto script = [&](auto, auto&) -> std::expected<void, DeliveryFailure> {
        started = true;
        while (!release) std::this_thread::sleep_for(1ms);
        return {};
    };
    {
        MailQueue queue(std::make_unique<ScriptedTransport>(script, m_seen), {3, {}, 5s},
                        m_metrics);
        ASSERT_TRUE(queue.send({"a@a.test", "under way"}));
        while (!started) std::this_thread::sleep_for(1ms);
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(queue.has_room());
            EXPECT_TRUE(queue.send({"a@a.test", "waits"}));
        }
        EXPECT_FALSE(queue.has_room());
        EXPECT_FALSE(queue.send({"a@a.test", "one past it"}));
        release = true;
    }
    EXPECT_EQ(m_seen.size(), 4U);
    EXPECT_TRUE(counted("dropped", 1));
}

TEST_F(Queue, ItsEndDoesNotWaitForever) {
    const auto script = [](auto, auto& give_up) -> std::expected<void, DeliveryFailure> {
        while (!give_up) std::this_thread::sleep_for(1ms);
        return std::unexpected(DeliveryFailure{"told to stop"});
    };
    const auto start = std::chrono::steady_clock::now();
    send_all(3, script, {10, {1h}, 100ms});
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
    EXPECT_EQ(m_seen.size(), 1U);
    EXPECT_TRUE(counted("failed", 1));
    EXPECT_TRUE(counted("dropped", 2));
}

TEST(Folder, HoldsOneFileAMail) {
    std::string name = (fs::temp_directory_path() / "muster-mail-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    const fs::path folder = fs::path(name) / "mail";
    fakes::FakeClock clock;
    fakes::FakeRandom random;
    const std::atomic<bool> give_up = false;
    FolderTransport transport(folder, {"", "m@a.test"}, clock, random);
    EXPECT_TRUE(transport.deliver({"ana@a.test", "one", "text", "html"}, give_up));
    EXPECT_TRUE(transport.deliver({"ana@a.test", "two", "text", "html"}, give_up));
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        EXPECT_EQ(entry.path().extension(), ".eml");
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        EXPECT_TRUE(text.str().contains("To: ana@a.test\r\n"));
        ++count;
    }
    EXPECT_EQ(count, 2);
    fs::remove_all(name);
    std::ofstream(name) << "a file is in the way";
    EXPECT_FALSE(transport.deliver({"ana@a.test", "three", "", ""}, give_up));
    fs::remove(name);
}

}  // namespace
}  // namespace muster::mail
