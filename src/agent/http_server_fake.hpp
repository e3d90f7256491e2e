// A fake HTTP server for the tests of agent/ and cli/: loopback, one connection at a time, answers
// from a function, and can hang up instead of answering. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace muster::agent {

struct FakeRequest {
    std::string method;
    std::string target;   ///< path and query as sent
    std::string headers;  ///< as sent, without the request line
    std::string body;
    boost::json::object json() const { return boost::json::parse(body).as_object(); }
    /// "Name: value", exactly.
    bool has_header_line(std::string_view line) const {
        return ("\r\n" + headers).find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
    }
};

struct FakeAnswer {
    int status = 200;
    std::string body = "{}";
    std::string extra_headers = {};  ///< whole lines, each with its line end
};

class HttpServerFake {
public:
    /// Runs on the fake's thread. Empty: the connection is closed without an answer.
    using Script = std::function<std::optional<FakeAnswer>(const FakeRequest&)>;

    explicit HttpServerFake(Script script)
        : m_script(std::move(script)), m_listener(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(m_listener, generic, size) != 0 || ::listen(m_listener, 16) != 0 ||
            ::getsockname(m_listener, generic, &size) != 0)
            std::abort();
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] { run(); });
    }
    ~HttpServerFake() {
        m_stopping = true;
        m_thread.join();
        ::close(m_listener);
    }
    HttpServerFake(const HttpServerFake&) = delete;
    HttpServerFake& operator=(const HttpServerFake&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }

    /// In order of arrival.
    std::vector<FakeRequest> requests() const {
        const std::lock_guard lock(m_mutex);
        return m_requests;
    }

private:
    static constexpr int poll_milliseconds = 10;

    /// False: not readable before the test is over.
    bool wait_readable(int descriptor) const {
        while (!m_stopping) {
            pollfd watched{descriptor, POLLIN, 0};
            if (::poll(&watched, 1, poll_milliseconds) > 0) return true;
        }
        return false;
    }
    void run() {
        while (wait_readable(m_listener)) {
            const int connection = ::accept(m_listener, nullptr, nullptr);
            if (connection < 0) continue;
            if (const auto request = read_request(connection)) answer(connection, *request);
            ::close(connection);
        }
    }
    std::optional<FakeRequest> read_request(int connection) const {
        std::string text;
        while (wait_readable(connection)) {
            char chunk[4096];
            const ssize_t count = ::recv(connection, chunk, sizeof chunk, 0);
            if (count <= 0) return std::nullopt;
            text.append(chunk, static_cast<std::size_t>(count));
            if (auto request = parse_request(text)) return request;
        }
        return std::nullopt;
    }
    /// Empty: not whole yet.
    static std::optional<FakeRequest> parse_request(const std::string& text) {
        const auto head_end = text.find("\r\n\r\n");
        if (head_end == std::string::npos) return std::nullopt;
        const auto line_end = text.find("\r\n");
        const auto method_end = text.find(' ');
        const auto target_end = text.find(' ', method_end + 1);
        FakeRequest request{
            text.substr(0, method_end), text.substr(method_end + 1, target_end - method_end - 1),
            text.substr(line_end + 2, head_end - line_end), text.substr(head_end + 4)};
        const std::string key = "Content-Length: ";
        const auto length_at = request.headers.find(key);
        const std::size_t length =
            length_at == std::string::npos
                ? 0
                : std::strtoul(request.headers.c_str() + length_at + key.size(), nullptr, 10);
        if (request.body.size() < length) return std::nullopt;
        return request;
    }
    void answer(int connection, const FakeRequest& request) {
        {
            const std::lock_guard lock(m_mutex);
            m_requests.push_back(request);
        }
        const auto answer = m_script(request);
        if (!answer) return;
        const std::string text = "HTTP/1.1 " + std::to_string(answer->status) +
                                 " Scripted\r\nContent-Type: application/json\r\n" +
                                 "Connection: close\r\n" + answer->extra_headers +
                                 "Content-Length: " + std::to_string(answer->body.size()) +
                                 "\r\n\r\n" + answer->body;
        ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    }

    Script m_script;
    int m_listener;
    unsigned m_port = 0;
    std::atomic<bool> m_stopping = false;
    mutable std::mutex m_mutex;
    std::vector<FakeRequest> m_requests;
    std::thread m_thread;
};

/// A loopback address on which nobody listens: port 1 needs root and is nobody's.
inline std::string unreachable_url() {
    return "http://127.0.0.1:1";
}

}  // namespace muster::agent
