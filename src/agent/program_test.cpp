// Child processes: what they get, what comes back, and that nothing of them stays.
// SPDX-License-Identifier: Apache-2.0
#include "agent/program.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/delayed_signals.hpp"
#include "agent/pace_fake.hpp"
#include "agent/temporary_folder_fake.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Kind = ProgramEnd::Kind;

constexpr milliseconds patience{60'000};
constexpr milliseconds soon{200};

ProgramCall shell(const std::string& text, std::vector<std::string> words = {}) {
    std::vector<std::string> all{"-c", text, "sh"};
    all.insert(all.end(), words.begin(), words.end());
    return {"/bin/sh", all, {"PATH=/usr/bin:/bin", "GREETING=hello"}};
}

/// Of the process, or what is left of it until somebody reaps it.
bool is_alive(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto name_end = text.rfind(") ");
    return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

/// Another process's end is seen a moment later.
bool ends(pid_t process) {
    for (int look = 0; look < 1000 && is_alive(process); ++look)
        std::this_thread::sleep_for(milliseconds(10));
    return !is_alive(process);
}

TEST(Program, WordsEnvironmentAndOutput) {
    const PaceFake pace(patience);
    const auto end = run_program(
        shell("echo \"$1|$2\"; env | sort; cat; echo oops >&2; exit 7", {"a b", "$(id) ; *"}),
        patience, pace.pace());
    EXPECT_EQ(end.kind, Kind::exited);
    EXPECT_EQ(end.code, 7);
    EXPECT_EQ(end.err, "oops\n");
    EXPECT_TRUE(end.out.starts_with("a b|$(id) ; *\nGREETING=hello\nPATH=/usr/bin:/bin\n"))
        << end.out;
}

TEST(Program, EndedByASignal) {
    const PaceFake pace(patience);
    EXPECT_EQ(run_program(shell("kill -9 $$"), patience, pace.pace()).code, 137);
}

TEST(Program, NotStarted) {
    const PaceFake pace(patience);
    const auto end = run_program({"/nowhere/at/all", {}, {}}, patience, pace.pace());
    EXPECT_EQ(end.kind, Kind::not_started);
    EXPECT_EQ(end.code, ENOENT);
}

TEST(Program, TooMuchOutputIsReadAndDropped) {
    const PaceFake pace(patience);
    const std::string bytes = std::to_string(program_output_bytes_max + 1'000'000);
    const auto end =
        run_program(shell("head -c " + bytes + " /dev/zero; echo done >&2"), patience, pace.pace());
    EXPECT_EQ(end.kind, Kind::exited);
    EXPECT_EQ(end.out.size(), program_output_bytes_max);
    EXPECT_EQ(end.err, "done\n");
}

TEST(Program, TimeIsUpWithChildrenAndAgainstItsWill) {
    const TemporaryFolder folder;
    const std::string file = (folder.path() / "processes").string();
    struct Case {
        const char* name;
        std::string text;
    };
    const Case cases[] = {
        {"with a child", "sleep 600 & echo said; echo $$ $! >" + file + "; wait"},
        {"deaf to SIGTERM",
         "trap '' TERM; sleep 600 & echo said; echo $$ $! >" + file + "; wait; sleep 600"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const PaceFake pace(patience);
        // It is ended when it is really there.
        const auto end = run_program(shell(c.text), patience, pace.pace(), [&file] {
            return !fs::exists(file) || fs::file_size(file) == 0;
        });
        EXPECT_EQ(end.kind, Kind::stopped);
        EXPECT_EQ(end.out, "said\n");
        pid_t process = 0;
        pid_t child = 0;
        std::ifstream(file) >> process >> child;
        ASSERT_GT(child, 0);
        EXPECT_TRUE(ends(process));
        EXPECT_TRUE(ends(child));
        fs::remove(file);
    }
}

TEST(Program, PatienceAndDeadline) {
    const PaceFake long_pace(patience);
    EXPECT_EQ(run_program(shell("exec sleep 600"), soon, long_pace.pace()).kind, Kind::timed_out);
    const PaceFake short_pace(soon);
    EXPECT_EQ(run_program(shell("exec sleep 600"), patience, short_pace.pace()).kind,
              Kind::timed_out);
}

TEST(Program, LeavesNothingOpenToItsChildren) {
    const PaceFake pace(patience);
    // A child that lives on and holds the pipe is not waited for.
    const auto end = run_program(shell("sleep 600 & echo $!"), patience, pace.pace());
    EXPECT_EQ(end.kind, Kind::exited);
    const pid_t child = std::stoi(end.out);
    EXPECT_TRUE(is_alive(child));
    ::kill(child, SIGKILL);
}

std::atomic<int> signals_seen = 0;
void count_signal(int) {
    ++signals_seen;
}

class Signals : public testing::Test {
public:
    ~Signals() override { ::sigaction(SIGINT, &m_previous, nullptr); }

protected:
    Signals() {
        signals_seen = 0;
        struct sigaction action{};
        action.sa_handler = count_signal;
        ::sigaction(SIGINT, &action, &m_previous);
    }

private:
    struct sigaction m_previous{};
};

TEST_F(Signals, EndTheProgramFirst) {
    PaceFake pace(patience);
    bool is_sent = false;
    pace.on_wait = [&] {
        if (!is_sent) ::raise(SIGINT);
        is_sent = true;
        EXPECT_EQ(signals_seen, 0);
    };
    const auto end = run_program(shell("echo $$; exec sleep 600"), patience, pace.pace());
    EXPECT_EQ(end.kind, Kind::interrupted);
    EXPECT_EQ(signals_seen, 1);
    if (!end.out.empty()) {
        EXPECT_TRUE(ends(std::stoi(end.out)));
    }
}

TEST_F(Signals, DelayedUntilTheOutermostEnds) {
    {
        const DelayedSignals outer;
        {
            const DelayedSignals inner;
            EXPECT_FALSE(inner.have_arrived());
            ::raise(SIGINT);
            EXPECT_TRUE(inner.have_arrived());
        }
        EXPECT_TRUE(outer.have_arrived());
        EXPECT_EQ(signals_seen, 0);
    }
    EXPECT_EQ(signals_seen, 1);
}

TEST_F(Signals, IgnoredOnesDoNotArrive) {
    struct sigaction previous{};
    struct sigaction ignored{};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGHUP, &ignored, &previous);
    {
        const DelayedSignals signals;
        ::raise(SIGHUP);
        EXPECT_FALSE(signals.have_arrived());
    }
    ::sigaction(SIGHUP, &previous, nullptr);
}

TEST(FindProgram, OnThePathOrByName) {
    const TemporaryFolder place;
    const auto make = [&place](const char* name, unsigned mode) {
        const fs::path path = place.path() / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << "#!/bin/sh\n";
        fs::permissions(path, fs::perms(mode));
        return path;
    };
    const fs::path good = make("second/client", 0755);
    const fs::path plain = make("first/client", 0644);
    fs::create_directories(place.path() / "first/folder");
    const std::string path =
        "relative::" + (place.path() / "first").string() + ":" + (place.path() / "second").string();
    EXPECT_EQ(find_program("client", path), good);
    EXPECT_EQ(find_program("folder", path), std::nullopt);
    EXPECT_EQ(find_program("other", path), std::nullopt);
    EXPECT_EQ(find_program("", path), std::nullopt);
    EXPECT_EQ(find_program(good.string(), ""), good);
    EXPECT_EQ(find_program(plain.string(), path), std::nullopt);
    EXPECT_EQ(find_program("client", ""), std::nullopt);
}

}  // namespace
}  // namespace muster::agent
