// posix_spawn, with pipes that are emptied between two waits: nothing here blocks.
// SPDX-License-Identifier: Apache-2.0
#include "agent/program.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/delayed_signals.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds first_wait{5};
constexpr milliseconds wait_max{100};
constexpr milliseconds ending_patience{2'000};
constexpr int code_of_signals = 128;  // as shells have it

bool may_run(const fs::path& path) {
    std::error_code failure;
    return fs::is_regular_file(path, failure) && ::access(path.c_str(), X_OK) == 0;
}

/// What a program writes to one of its streams.
class Output {
public:
    Output() {
        if (::pipe2(m_ends, O_CLOEXEC) != 0)
            throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
        ::fcntl(m_ends[0], F_SETFL, O_NONBLOCK);
    }
    ~Output() {
        ::close(m_ends[0]);
        close_writing_end();
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    int writing_end() const { return m_ends[1]; }
    void close_writing_end() {
        if (m_ends[1] >= 0) ::close(m_ends[1]);
        m_ends[1] = -1;
    }
    /// Takes what is there; waits for nothing.
    void take() {
        char chunk[16 * 1024];
        for (;;) {
            const ssize_t count = ::read(m_ends[0], chunk, sizeof chunk);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return;
            const std::size_t room = program_output_bytes_max - m_text.size();
            m_text.append(chunk, std::min(room, static_cast<std::size_t>(count)));
        }
    }
    std::string text() && { return std::move(m_text); }

private:
    int m_ends[2] = {-1, -1};
    std::string m_text;
};

/// posix_spawn's two descriptions of how to start.
class Start {
public:
    Start(const Output& out, const Output& err) {
        ::posix_spawn_file_actions_init(&m_files);
        ::posix_spawn_file_actions_addopen(&m_files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&m_files, out.writing_end(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&m_files, err.writing_end(), STDERR_FILENO);
        ::posix_spawnattr_init(&m_attributes);
        // A group of its own: it can be ended with its children, and Ctrl-C is ours to deal with.
        ::posix_spawnattr_setpgroup(&m_attributes, 0);
        sigset_t signals{};
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&m_attributes, &signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::sigaddset(&signals, signal);
        ::posix_spawnattr_setsigdefault(&m_attributes, &signals);
        ::posix_spawnattr_setflags(
            &m_attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Start() {
        ::posix_spawn_file_actions_destroy(&m_files);
        ::posix_spawnattr_destroy(&m_attributes);
    }
    Start(const Start&) = delete;
    Start& operator=(const Start&) = delete;

    /// errno, or 0.
    int run(const ProgramCall& call, pid_t& process) const {
        std::string name = call.program.string();
        std::vector<std::string> words = call.words;
        std::vector<std::string> environment = call.environment;
        std::vector<char*> word_list{name.data()};
        for (std::string& word : words) word_list.push_back(word.data());
        word_list.push_back(nullptr);
        std::vector<char*> environment_list;
        for (std::string& variable : environment) environment_list.push_back(variable.data());
        environment_list.push_back(nullptr);
        return ::posix_spawn(&process, name.c_str(), &m_files, &m_attributes, word_list.data(),
                             environment_list.data());
    }

private:
    posix_spawn_file_actions_t m_files{};
    posix_spawnattr_t m_attributes{};
};

/// A child process; gone when this is.
class Child {
public:
    explicit Child(const ProgramCall& call) {
        m_start_error = Start(m_out, m_err).run(call, m_process);
        m_out.close_writing_end();
        m_err.close_writing_end();
        m_is_running = m_start_error == 0;
    }
    ~Child() { end(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int start_error() const { return m_start_error; }
    /// Takes its output, and its exit code if there is one.
    bool is_running() {
        m_out.take();
        m_err.take();
        if (!m_is_running) return false;
        int status = 0;
        const pid_t reaped = ::waitpid(m_process, &status, WNOHANG);
        if (reaped == 0 || (reaped < 0 && errno == EINTR)) return true;
        m_is_running = false;
        m_code = WIFEXITED(status) ? WEXITSTATUS(status) : code_of_signals + WTERMSIG(status);
        m_out.take();
        m_err.take();
        return false;
    }
    void end() {
        if (!is_running()) return;
        ::kill(-m_process, SIGTERM);
        const bool is_gone = ends_in_time();
        ::kill(-m_process, SIGKILL);
        // A program that runs as somebody else cannot be ended: it is not waited for either.
        if (!is_gone) (void)ends_in_time();
    }
    ProgramEnd result(ProgramEnd::Kind kind) && {
        return {kind, m_code, std::move(m_out).text(), std::move(m_err).text()};
    }

private:
    bool ends_in_time() {
        constexpr milliseconds look{20};
        for (milliseconds spent{0}; spent < ending_patience; spent += look) {
            if (!is_running()) return true;
            std::this_thread::sleep_for(look);
        }
        return !is_running();
    }

    Output m_out;
    Output m_err;
    pid_t m_process = -1;
    int m_start_error = 0;
    int m_code = 0;
    bool m_is_running = false;
};

}  // namespace

std::optional<fs::path> find_program(const std::string& name, std::string_view search_path) {
    if (name.empty()) return std::nullopt;
    if (name.find('/') != std::string::npos) {
        if (!may_run(name)) return std::nullopt;
        return fs::absolute(name);
    }
    while (!search_path.empty()) {
        const std::string_view folder = search_path.substr(0, search_path.find(':'));
        search_path.remove_prefix(std::min(search_path.size(), folder.size() + 1));
        if (!folder.starts_with('/')) continue;
        if (fs::path path = fs::path(folder) / name; may_run(path)) return path;
    }
    return std::nullopt;
}

ProgramEnd run_program(const ProgramCall& call, milliseconds patience, const Pace& pace,
                       const std::function<bool()>& meanwhile) {
    using Kind = ProgramEnd::Kind;
    const DelayedSignals signals;
    const auto end = std::min(pace.now() + patience, pace.deadline);
    Child child(call);
    if (child.start_error() != 0) return {Kind::not_started, child.start_error(), {}, {}};
    Kind kind = Kind::exited;
    for (milliseconds wait = first_wait; child.is_running(); wait = std::min(wait * 2, wait_max)) {
        if (signals.have_arrived())
            kind = Kind::interrupted;
        else if (pace.now() >= end)
            kind = Kind::timed_out;
        else if (meanwhile && !meanwhile())
            kind = Kind::stopped;
        if (kind != Kind::exited) break;
        pace.wait(wait);
    }
    child.end();
    return std::move(child).result(kind);
}

}  // namespace muster::agent
