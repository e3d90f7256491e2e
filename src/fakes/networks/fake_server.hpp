// An HTTP server for the fakes of the networks' APIs, on loopback and a thread of its own, with
// faults that are switched on one by one.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/http.hpp"
#include "net/server.hpp"

namespace muster::fakes {

enum class Fault {
    none,
    slow,             ///< takes effect, and answers after `delay`
    limited,          ///< 429 without Retry-After, no effect
    limited_seconds,  ///< 429 with Retry-After: 1, no effect
    limited_date,     ///< the same with a date
    error,            ///< 500, no effect
    unavailable,      ///< 503 with Retry-After: 1, no effect
    truncated,        ///< takes effect; half of the body comes, then the end
    reset,            ///< takes effect; then the connection is reset
    wrong_type,       ///< takes effect; the answer calls itself text/html
    too_large,        ///< takes effect; the body is followed by 16 MiB of blanks
};

/// By the words above. Empty: none of them.
std::optional<Fault> parse_fault(std::string_view word);

struct Faults {
    Fault fault = Fault::none;
    int count = 1;            ///< of requests still to be hit
    int after = 0;            ///< of requests that go well before
    std::string method = {};  ///< only requests with this method; empty: any
    std::chrono::milliseconds delay{1'000};
};

struct FakeServerOptions {
    std::uint16_t port = 0;  ///< 0: a free one
    net::TlsFiles tls = {};
};

/// One request a connection.
class FakeServer {
public:
    /// Called on the server's thread, one call at a time. Answers without a Date get a fixed one.
    using Answer = std::function<net::Response(const net::Request&)>;
    explicit FakeServer(Answer answer, FakeServerOptions options = {});
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    const std::string& url() const { return m_url; }
    /// Requests below /fake/ are never hit. Any thread, as what follows.
    void set_faults(Faults faults);
    /// "GET /path?query" of each request, oldest first; those below /fake/ left out.
    std::vector<std::string> requests() const;
    /// How many requests were under way together at most.
    std::size_t most_at_once() const;

private:
    boost::asio::awaitable<void> accept_all();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    template <class Stream>
    boost::asio::awaitable<bool> exchange(Stream& stream);
    Fault next_fault(const net::Request& request);
    void count_exchange(int change);

    Answer m_answer;
    std::optional<boost::asio::ssl::context> m_tls;
    boost::asio::io_context m_context{1};
    boost::asio::ip::tcp::acceptor m_acceptor;
    std::string m_url;
    mutable std::mutex m_mutex;
    Faults m_faults;
    std::vector<std::string> m_requests;
    std::size_t m_under_way = 0;
    std::size_t m_most_at_once = 0;
    std::thread m_thread;
};

}  // namespace muster::fakes
