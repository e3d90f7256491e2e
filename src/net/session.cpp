// The session coroutine, for plain and for TLS connections.
// SPDX-License-Identifier: Apache-2.0
#include "net/session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/log.hpp"
#include "net/caller.hpp"
#include "net/input_buffer.hpp"
#include "net/refusal.hpp"
#include "net/request_parser.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using TimePoint = std::chrono::steady_clock::time_point;
using TlsStream = asio::ssl::stream<TcpSocket>;

/// After an answer that closes the connection, what the client still sends is read and dropped
/// for this long: closing at once would reset the connection and could destroy the answer.
constexpr std::chrono::seconds farewell_time{2};
constexpr std::size_t farewell_bytes_max = 8 * 1024 * 1024;

/// Room for the pieces of a body behind a head of the largest size.
constexpr std::size_t buffer_bytes_extra = 4096;

/// Output memory beyond this is given back after an answer.
constexpr std::size_t kept_bytes_max = 64 * 1024;

void log_failure(const std::exception_ptr& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        base::log(base::LogLevel::error, "session_failed", {{"reason", error.what()}});
    } catch (...) {
        base::log(base::LogLevel::error, "session_failed");
    }
}

template <class Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
public:
    Session(std::shared_ptr<SessionContext> context, Stream stream, const asio::ip::address& peer,
            Admission admission);
    ~Session() override;

    static awaitable<void> run(std::shared_ptr<Session> self);

    void check_deadline(TimePoint now) override;
    void close_if_idle() override;
    void abort() override;

private:
    static constexpr bool is_tls = std::is_same_v<Stream, TlsStream>;

    enum class Phase {
        idle,  ///< before a request's first byte; also the TLS handshake
        reading,
        handling,
        writing,
        leaving,
    };
    enum class Reading { complete, refused, gone };

    awaitable<bool> shake_hands();
    awaitable<bool> serve_one();
    awaitable<Reading> read_request();
    awaitable<bool> read_some();
    awaitable<void> ask_for_body();
    awaitable<bool> answer(const Response& response, bool closes);
    static awaitable<void> answer_overdue(std::shared_ptr<Session> self);
    awaitable<void> leave();

    /// Starts a phase and its deadline.
    TimePoint enter(Phase phase, std::chrono::milliseconds timeout) {
        const TimePoint now = std::chrono::steady_clock::now();
        m_phase = phase;
        m_deadline = now + timeout;
        m_is_expired = false;
        return now;
    }
    RequestParser::Stage use_input();
    TcpSocket& tcp() {
        if constexpr (is_tls) {
            return m_stream.next_layer();
        } else {
            return m_stream;
        }
    }
    const ServerLimits& limits() const { return m_context->limits; }

    std::shared_ptr<SessionContext> m_context;
    std::list<Connection*>::iterator m_place;
    Stream m_stream;
    Caller m_caller;
    Admission m_admission;

    InputBuffer m_input;
    RequestParser m_parser;
    Refusal m_refusal = Refusal::malformed_request;
    std::string m_output;

    Phase m_phase = Phase::idle;
    TimePoint m_deadline = TimePoint::max();
    TimePoint m_started;
    bool m_is_expired = false;  ///< the phase's deadline has passed
    bool m_is_overdue = false;  ///< the watchdog answers in the handler's place, and closes
    bool m_has_answered = false;
    bool m_lingers = false;  ///< the client may still be sending
};

template <class Stream>
Session<Stream>::Session(std::shared_ptr<SessionContext> context, Stream stream,
                         const asio::ip::address& peer, Admission admission)
    : m_context(std::move(context)),
      m_stream(std::move(stream)),
      m_caller(peer, m_context->proxies, is_tls),
      m_admission(admission),
      m_input(limits().header_bytes_max + buffer_bytes_extra),
      m_parser(limits().header_bytes_max, limits().body_bytes_max) {
    m_place = m_context->connections.insert(m_context->connections.end(), this);
    if (admission == Admission::admitted) ++m_context->admitted_count;
    if (admission == Admission::surplus) ++m_context->surplus_count;
}

template <class Stream>
Session<Stream>::~Session() {
    m_context->connections.erase(m_place);
    if (m_admission == Admission::admitted) --m_context->admitted_count;
    if (m_admission == Admission::surplus) --m_context->surplus_count;
}

template <class Stream>
void Session<Stream>::check_deadline(TimePoint now) {
    if (now < m_deadline) return;
    m_deadline = TimePoint::max();
    m_is_expired = true;
    error_code ignored;
    switch (m_phase) {
        case Phase::idle:
        case Phase::reading: tcp().cancel(ignored); break;
        case Phase::handling:
            m_is_overdue = true;
            asio::co_spawn(m_stream.get_executor(), answer_overdue(this->shared_from_this()),
                           &log_failure);
            break;
        case Phase::writing:
        case Phase::leaving: abort(); break;
    }
}

template <class Stream>
void Session<Stream>::close_if_idle() {
    error_code ignored;
    if (m_phase == Phase::idle) tcp().cancel(ignored);
}

template <class Stream>
void Session<Stream>::abort() {
    error_code ignored;
    tcp().close(ignored);
}

template <class Stream>
awaitable<void> Session<Stream>::run(std::shared_ptr<Session> self) {
    // g++ 12 crashes on `while (co_await ...)`: the answer needs a name.
    bool goes_on = co_await self->shake_hands();
    if (!goes_on) co_return;
    while (goes_on) goes_on = co_await self->serve_one();
    if (!self->m_is_overdue) co_await self->leave();
}

template <class Stream>
awaitable<bool> Session<Stream>::shake_hands() {
    if constexpr (is_tls) {
        enter(Phase::idle, limits().header_timeout);
        error_code error;
        co_await m_stream.async_handshake(asio::ssl::stream_base::server,
                                          asio::redirect_error(asio::use_awaitable, error));
        co_return !error;
    }
    co_return true;
}

template <class Stream>
awaitable<bool> Session<Stream>::serve_one() {
    m_parser.reset();
    const Reading reading = co_await read_request();
    if (reading == Reading::gone) co_return false;
    Request& request = m_parser.request();
    m_caller.identify(request, m_context->random);
    if (reading == Reading::refused) {
        m_lingers = true;
        const Response refused = to_response(m_refusal, request.request_id);
        co_return co_await answer(refused, true);
    }
    enter(Phase::handling, limits().handler_timeout);
    request.deadline = m_deadline;
    Response response;
    bool is_failed = false;
    std::string failure;
    try {
        response = co_await m_context->handler(request);
    } catch (const std::exception& error) {
        is_failed = true;
        failure = error.what();
    } catch (...) {
        is_failed = true;
        failure = "not a std::exception";
    }
    if (m_is_overdue) co_return false;
    if (is_failed) {
        response = to_response(Refusal::internal, request.request_id);
        response.detail = std::move(failure);
    }
    co_return co_await answer(response, !m_parser.keeps_alive());
}

template <class Stream>
awaitable<typename Session<Stream>::Reading> Session<Stream>::read_request() {
    using Stage = RequestParser::Stage;
    m_started =
        enter(Phase::idle, m_has_answered ? limits().idle_timeout : limits().header_timeout);
    bool is_body_awaited = false;
    for (;;) {
        if (!m_input.unused().empty()) {
            if (m_phase == Phase::idle) m_started = enter(Phase::reading, limits().header_timeout);
            const Stage stage = use_input();
            if (stage == Stage::refused) {
                m_refusal = m_parser.refusal();
                co_return Reading::refused;
            }
            if (stage != Stage::head && m_admission == Admission::surplus) {
                m_refusal = Refusal::server_busy;
                co_return Reading::refused;
            }
            if (stage == Stage::complete) co_return Reading::complete;
            if (stage == Stage::body && !is_body_awaited) {
                is_body_awaited = true;
                enter(Phase::reading, limits().body_timeout);
                co_await ask_for_body();
            }
        }
        if (m_phase == Phase::idle && m_context->is_stopping) co_return Reading::gone;
        const bool has_read = co_await read_some();
        if (has_read) continue;
        if (!m_is_expired || m_phase == Phase::idle) co_return Reading::gone;
        m_refusal = Refusal::request_timeout;
        co_return Reading::refused;
    }
}

template <class Stream>
RequestParser::Stage Session<Stream>::use_input() {
    std::size_t used = 0;
    do {
        used = m_parser.feed(m_input.unused());
        m_input.consume(used);
    } while (used > 0 && !m_input.unused().empty());
    return m_parser.stage();
}

/// False: the connection is at its end, or the phase at its deadline.
template <class Stream>
awaitable<bool> Session<Stream>::read_some() {
    if (m_is_expired) co_return false;
    const std::span<char> room = m_input.prepare();
    error_code error;
    const std::size_t count = co_await m_stream.async_read_some(
        asio::buffer(room.data(), room.size()), asio::redirect_error(asio::use_awaitable, error));
    m_input.commit(count);
    co_return !error && !m_is_expired;
}

template <class Stream>
awaitable<void> Session<Stream>::ask_for_body() {
    if (!m_parser.awaits_continue() || !m_input.unused().empty()) co_return;
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code ignored;  // the next read tells
    co_await asio::async_write(m_stream, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, ignored));
}

/// Writes the answer and tells the observer. True: the next request may come.
template <class Stream>
awaitable<bool> Session<Stream>::answer(const Response& response, bool closes) {
    const Request& request = m_parser.request();
    if (m_context->is_stopping && !closes) {
        closes = true;
        m_lingers = true;
    }
    AnswerFrame frame;
    frame.request_id = request.request_id;
    frame.date = m_context->date.at(std::time(nullptr));
    frame.is_head = request.method == "HEAD";
    frame.is_http_1_0 = m_parser.is_http_1_0();
    frame.closes = closes;
    write_answer(m_output, response, frame);
    enter(Phase::writing, limits().write_timeout);
    error_code error;
    co_await asio::async_write(m_stream, asio::buffer(m_output),
                               asio::redirect_error(asio::use_awaitable, error));
    m_has_answered = true;
    if (m_output.capacity() > kept_bytes_max) std::string().swap(m_output);
    if (m_context->observer) {
        const Exchange exchange{request, response, std::chrono::steady_clock::now() - m_started};
        m_context->observer(exchange);
    }
    co_return !error && !closes;
}

template <class Stream>
awaitable<void> Session<Stream>::answer_overdue(std::shared_ptr<Session> self) {
    // The handler still reads the request and can't be interrupted: it may be on another thread.
    self->m_lingers = true;
    const Response late = to_response(Refusal::handler_overdue, {});
    co_await self->answer(late, true);
    co_await self->leave();
}

template <class Stream>
awaitable<void> Session<Stream>::leave() {
    enter(Phase::leaving, farewell_time);
    error_code error;
    if constexpr (is_tls) {
        co_await m_stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
    }
    if (m_lingers) {
        tcp().shutdown(asio::socket_base::shutdown_send, error);
        m_output.resize(4096);
        std::size_t left = farewell_bytes_max;
        while (!error && left > 0) {
            const std::size_t count = co_await tcp().async_read_some(
                asio::buffer(m_output), asio::redirect_error(asio::use_awaitable, error));
            left -= std::min(left, count);
        }
    }
    abort();
}

template <class Stream>
void start(const std::shared_ptr<SessionContext>& context, Stream stream,
           const asio::ip::address& peer, Admission admission) {
    const auto executor = stream.get_executor();
    const auto session =
        std::make_shared<Session<Stream>>(context, std::move(stream), peer, admission);
    asio::co_spawn(executor, Session<Stream>::run(session), &log_failure);
}

}  // namespace

void start_session(const std::shared_ptr<SessionContext>& context, TcpSocket socket,
                   const asio::ip::address& peer, Admission admission, asio::ssl::context* tls) {
    if (tls != nullptr) {
        start(context, TlsStream(std::move(socket), *tls), peer, admission);
    } else {
        start(context, std::move(socket), peer, admission);
    }
}

}  // namespace muster::net
