// The client through a proxy: a tunnel for https, the whole URL for http.
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "net/client.hpp"
#include "net/fixture_test.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Takes one CONNECT, connects to a port of this host, and passes bytes on until both sides close.
class TunnelProxy {
public:
    TunnelProxy() {
        m_thread = std::thread([this] { serve(); });
    }
    ~TunnelProxy() { m_thread.join(); }
    TunnelProxy(const TunnelProxy&) = delete;
    TunnelProxy& operator=(const TunnelProxy&) = delete;

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(m_acceptor.local_endpoint().port());
    }
    /// To be read after the exchange.
    const std::string& head() const { return m_head; }

private:
    void serve() {
        tcp::socket client = m_acceptor.accept();
        asio::read_until(client, asio::dynamic_buffer(m_head), "\r\n\r\n");
        const auto colon = m_head.find(':');
        const auto port = static_cast<std::uint16_t>(std::stoi(m_head.substr(colon + 1)));
        tcp::socket server(m_context);
        server.connect({asio::ip::address_v4::loopback(), port});
        asio::write(client, asio::buffer(std::string_view("HTTP/1.1 200 Connected\r\n\r\n")));
        std::thread back([&] { pass_on(server, client); });
        pass_on(client, server);
        back.join();
    }
    static void pass_on(tcp::socket& from, tcp::socket& to) {
        error_code error;
        std::array<char, 4096> bytes;
        while (!error) {
            const std::size_t count = from.read_some(asio::buffer(bytes), error);
            if (!error) asio::write(to, asio::buffer(bytes, count), error);
        }
        to.shutdown(tcp::socket::shutdown_send, error);
    }

    std::string m_head;
    asio::io_context m_context;
    tcp::acceptor m_acceptor{m_context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::thread m_thread;
};

TEST(ClientProxy, TunnelsTls) {
    const TestCertificate certificate("localhost");
    ServerOptions options;
    options.tls = certificate.files();
    TestServer server(options);
    TunnelProxy proxy;
    ClientRequest request;
    request.url = server.url() + "/who";
    request.ca_file = certificate.certificate_file();
    request.proxy_url = proxy.url();
    const auto answer = send_now(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "127.0.0.1 secure");
    const std::string target = "127.0.0.1:" + std::to_string(server.port());
    EXPECT_TRUE(proxy.head().starts_with("CONNECT " + target + " HTTP/1.1\r\nHost: " + target))
        << proxy.head();
}

TEST(ClientProxy, VerifiesTheServerAndNotTheProxy) {
    const TestCertificate certificate("other.example", "192.0.2.1");
    ServerOptions options;
    options.tls = certificate.files();
    TestServer server(options);
    TunnelProxy proxy;
    ClientRequest request;
    request.url = server.url();
    request.ca_file = certificate.certificate_file();
    request.proxy_url = proxy.url();
    const auto answer = send_now(request);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().fault, ClientFault::tls) << answer.error().message;
    EXPECT_FALSE(answer.error().maybe_sent);
}

TEST(ClientProxy, IsToldTheWholeUrlWithoutTls) {
    ScriptedPeer proxy("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    ClientRequest request;
    request.url = "http://server.invalid:8080/a?b=c";
    request.proxy_url = proxy.origin();
    const auto answer = send_now(request);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "hi");
    EXPECT_TRUE(
        proxy.received().starts_with("GET http://server.invalid:8080/a?b=c HTTP/1.1\r\n"
                                     "Host: server.invalid:8080\r\n"))
        << proxy.received();
}

TEST(ClientProxy, SaysWhatIsWrong) {
    ScriptedPeer refusing("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    ScriptedPeer chatting("HTTP/1.1 200 OK\r\n\r\nwelcome");
    ScriptedPeer mute("");
    struct Case {
        const char* name;
        std::string proxy;
        ClientFault fault;
        const char* part;
    };
    const Case cases[] = {
        {"refuses", refusing.origin(), ClientFault::unreachable,
         "it answers 403 to CONNECT server.invalid:443"},
        {"speaks in the tunnel", chatting.origin(), ClientFault::unreachable, "cannot go through"},
        {"hangs up", mute.origin(), ClientFault::unreachable, "cannot go through proxy 127.0.0.1"},
        {"is not there", "http://127.0.0.1:1", ClientFault::unreachable,
         "cannot reach proxy 127.0.0.1:1"},
        {"is no URL", "127.0.0.1:1", ClientFault::bad_url, "the proxy: the URL does not begin"},
        {"wants TLS", "https://127.0.0.1:1", ClientFault::bad_url, "only http://"},
        {"has a password", "http://a:b@127.0.0.1:1", ClientFault::bad_url, "user name"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ClientRequest request;
        request.url = "https://server.invalid/";
        request.proxy_url = c.proxy;
        const auto answer = send_now(request);
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().fault, c.fault) << answer.error().message;
        EXPECT_FALSE(answer.error().maybe_sent);
        EXPECT_NE(answer.error().message.find(c.part), std::string::npos) << answer.error().message;
    }
}

}  // namespace
}  // namespace muster::net
