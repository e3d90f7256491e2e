// One keep-alive HTTP/1.1 connection of the load generator: one request at a time, no waiting, and
// as little work as possible, because it shares the machine with the server that it measures.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace muster::bench {

/// Where a server listens.
struct Endpoint {
    std::string host;  ///< a name or an address
    std::string port;
};

/// "http://host:port", with or without a slash at the end. Empty: something else.
std::optional<Endpoint> parse_url(std::string_view url);

/// The connection is of no more use: closed, or its peer does not speak the HTTP that we expect.
class BrokenExchange : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Reply {
    int status = 0;
    std::string_view body;  ///< good until the next send()
};

class Exchange {
public:
    /// Connects, waiting for it. Throws BrokenExchange.
    explicit Exchange(const Endpoint& endpoint);
    ~Exchange();
    Exchange(Exchange&& other) noexcept;
    Exchange& operator=(Exchange&&) = delete;

    int descriptor() const { return m_socket; }
    /// Hands over a whole request. Throws BrokenExchange.
    void send(std::string_view request);
    /// Takes what has arrived. Empty: the answer is not whole yet. Throws BrokenExchange.
    std::optional<Reply> receive();

private:
    int m_socket = -1;
    std::string m_input;
};

}  // namespace muster::bench
