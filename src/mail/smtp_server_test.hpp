// A mail server on the loopback address that tests can make misbehave. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace muster::mail {

/// One connection at a time, each until the client leaves.
class SmtpServer {
public:
    enum class Mood {
        friendly,
        refuses_recipients,  ///< 550
        is_busy,             ///< 450
        is_silent,           ///< accepts, and says nothing
        hangs_up,
    };
    struct Received {
        std::string sender;     ///< as in MAIL FROM:<...>
        std::string recipient;  ///< as in RCPT TO:<...>
        std::string data;       ///< without dot stuffing
    };

    explicit SmtpServer(Mood mood = Mood::friendly) : m_mood(mood) {
        m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(m_listener, 8) != 0) {
            throw std::runtime_error("no port on the loopback");
        }
        socklen_t length = sizeof address;
        ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &length);
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] { run(); });
    }
    ~SmtpServer() {
        m_stopping = true;
        m_thread.join();
        ::close(m_listener);
    }
    SmtpServer(const SmtpServer&) = delete;
    SmtpServer& operator=(const SmtpServer&) = delete;

    std::string url() const { return "smtp://127.0.0.1:" + std::to_string(m_port); }
    void set_mood(Mood mood) { m_mood = mood; }
    std::vector<Received> received() const {
        const std::lock_guard lock(m_mutex);
        return m_received;
    }
    std::vector<std::string> commands() const {
        const std::lock_guard lock(m_mutex);
        return m_commands;
    }

private:
    void run() {
        while (!m_stopping) {
            if (!wait_for_input(m_listener)) continue;
            const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) continue;
            m_buffer.clear();
            if (m_mood != Mood::hangs_up) talk(client);
            ::close(client);
        }
    }
    /// False: nothing yet.
    static bool wait_for_input(int descriptor) {
        pollfd waiting{descriptor, POLLIN, 0};
        return ::poll(&waiting, 1, 20) > 0;
    }
    bool read_line(int client, std::string& line) {
        for (;;) {
            if (const auto end = m_buffer.find("\r\n"); end != std::string::npos) {
                line = m_buffer.substr(0, end);
                m_buffer.erase(0, end + 2);
                return true;
            }
            if (m_stopping) return false;
            if (!wait_for_input(client)) continue;
            char bytes[4096];
            const ssize_t count = ::recv(client, bytes, sizeof bytes, 0);
            if (count <= 0) return false;
            m_buffer.append(bytes, static_cast<std::size_t>(count));
        }
    }
    static void say(int client, const std::string& line) {
        const std::string bytes = line + "\r\n";
        [[maybe_unused]] const ssize_t sent =
            ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void talk(int client) {
        std::string line;
        if (m_mood != Mood::is_silent) say(client, "220 test");
        Received mail;
        while (read_line(client, line)) {
            {
                const std::lock_guard lock(m_mutex);
                m_commands.push_back(line);
            }
            if (line == "QUIT") return say(client, "221 bye");
            answer(client, line, mail);
        }
    }
    void answer(int client, const std::string& line, Received& mail) {
        if (line.starts_with("EHLO")) {
            say(client, "250-test");
            say(client, "250 AUTH PLAIN");
        } else if (line.starts_with("AUTH")) {
            say(client, "334 ");
            std::string secret;
            if (!read_line(client, secret)) return;
            {
                const std::lock_guard lock(m_mutex);
                m_commands.push_back(secret);
            }
            say(client, "235 welcome");
        } else if (line.starts_with("MAIL FROM:")) {
            mail = {line.substr(10), {}, {}};
            say(client, "250 ok");
        } else if (line.starts_with("RCPT TO:")) {
            mail.recipient = line.substr(8);
            if (m_mood == Mood::refuses_recipients) return say(client, "550 nobody here");
            if (m_mood == Mood::is_busy) return say(client, "450 come back later");
            say(client, "250 ok");
        } else if (line == "DATA") {
            say(client, "354 go on");
            take_data(client, mail);
            say(client, "250 taken");
        } else {
            say(client, "250 ok");
        }
    }
    void take_data(int client, Received& mail) {
        std::string line;
        while (read_line(client, line) && line != ".") {
            mail.data += (line.starts_with(".") ? line.substr(1) : line) + "\r\n";
        }
        const std::lock_guard lock(m_mutex);
        m_received.push_back(mail);
    }

    std::atomic<Mood> m_mood;
    int m_listener = -1;
    unsigned m_port = 0;
    std::atomic<bool> m_stopping{false};
    std::string m_buffer;
    mutable std::mutex m_mutex;
    std::vector<Received> m_received;
    std::vector<std::string> m_commands;
    std::thread m_thread;
};

}  // namespace muster::mail
