// TLS between the server and the client, with certificates made for the test.
// SPDX-License-Identifier: Apache-2.0
#include "net/tls.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "net/client.hpp"
#include "net/fixture_test.hpp"

namespace muster::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

ServerOptions with_tls(const TestCertificate& certificate) {
    ServerOptions options;
    options.tls = certificate.files();
    return options;
}

/// A blocking TLS client that shows OpenSSL's own view.
class TlsProbe {
public:
    explicit TlsProbe(std::uint16_t port) {
        m_socket.connect({asio::ip::address_v4::loopback(), port});
    }
    SSL* native() { return m_stream.native_handle(); }
    error_code shake_hands() {
        error_code error;
        m_stream.handshake(asio::ssl::stream_base::client, error);
        return error;
    }
    void send(const std::string& text) { asio::write(m_stream, asio::buffer(text)); }
    /// Everything up to the end of the connection.
    std::string receive_all() {
        std::string all;
        error_code error;
        while (!error) {
            char bytes[4096];
            const std::size_t count = m_stream.read_some(asio::buffer(bytes), error);
            all.append(bytes, count);
        }
        m_stream.shutdown(error);
        return all;
    }

private:
    asio::io_context m_context;
    asio::ssl::context m_tls{asio::ssl::context::tls_client};
    asio::ssl::stream<asio::ip::tcp::socket> m_stream{m_context, m_tls};
    asio::ip::tcp::socket& m_socket = m_stream.next_layer();
};

TEST(Tls, RoundTrip) {
    const TestCertificate certificate("localhost");
    TestServer server(with_tls(certificate));
    EXPECT_TRUE(server.url().starts_with("https://127.0.0.1:")) << server.url();
    const std::string path = ":" + std::to_string(server.port()) + "/who";
    for (const std::string origin : {"https://127.0.0.1", "https://localhost"}) {
        SCOPED_TRACE(origin);
        ClientRequest request;
        request.url = origin + path;
        request.ca_file = certificate.certificate_file();
        const auto answer = send_now(request);
        ASSERT_TRUE(answer.has_value()) << answer.error().message;
        EXPECT_EQ(answer->body, "127.0.0.1 secure");
    }
}

TEST(Tls, ClientRefusesWhatItCannotTrust) {
    const TestCertificate certificate("other.example", "192.0.2.1");
    const TestCertificate stranger("localhost");
    TestServer server(with_tls(certificate));
    const std::string port = std::to_string(server.port());
    struct Case {
        const char* name;
        std::string url;
        std::string ca_file;
        const char* part;
    };
    const Case cases[] = {
        {"other name", "https://localhost:" + port, certificate.certificate_file(), ""},
        {"other address", "https://127.0.0.1:" + port, certificate.certificate_file(), ""},
        {"unknown issuer", "https://127.0.0.1:" + port, stranger.certificate_file(),
         "self-signed certificate"},
        {"system's store", "https://127.0.0.1:" + port, "", "self-signed certificate"},
        {"no such file", "https://127.0.0.1:" + port, "/nowhere/ca.pem", "/nowhere/ca.pem"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ClientRequest request;
        request.url = c.url;
        request.ca_file = c.ca_file;
        const auto answer = send_now(request);
        ASSERT_FALSE(answer.has_value());
        EXPECT_EQ(answer.error().fault, ClientFault::tls) << answer.error().message;
        EXPECT_NE(answer.error().message.find(c.part), std::string::npos) << answer.error().message;
    }
}

TEST(Tls, NeedsVersion12) {
    const TestCertificate certificate("localhost");
    TestServer server(with_tls(certificate));
    for (const auto& [version, is_taken] :
         {std::pair(TLS1_1_VERSION, false), std::pair(TLS1_2_VERSION, true),
          std::pair(TLS1_3_VERSION, true)}) {
        SCOPED_TRACE(version);
        TlsProbe probe(server.port());
        SSL_set_security_level(probe.native(), 0);  // or this side would refuse TLS 1.1 itself
        SSL_set_cipher_list(probe.native(), "ALL:@SECLEVEL=0");
        SSL_set_min_proto_version(probe.native(), version);
        SSL_set_max_proto_version(probe.native(), version);
        const error_code error = probe.shake_hands();
        EXPECT_EQ(!error, is_taken) << error.message();
        if (!is_taken) {
            EXPECT_NE(error.message().find("alert"), std::string::npos)
                << "the server must be the one who refuses: " << error.message();
        }
    }
}

TEST(Tls, ResumesSessions) {
    const TestCertificate certificate("localhost");
    TestServer server(with_tls(certificate));
    const std::string request = "GET /hello HTTP/1.0\r\n\r\n";
    TlsProbe first(server.port());
    ASSERT_FALSE(first.shake_hands());
    first.send(request);
    EXPECT_TRUE(first.receive_all().ends_with("hello"));
    EXPECT_EQ(SSL_session_reused(first.native()), 0);
    SSL_SESSION* session = SSL_get1_session(first.native());
    TlsProbe second(server.port());
    SSL_set_session(second.native(), session);
    SSL_SESSION_free(session);
    ASSERT_FALSE(second.shake_hands());
    second.send(request);
    EXPECT_TRUE(second.receive_all().ends_with("hello"));
    EXPECT_EQ(SSL_session_reused(second.native()), 1);
}

TEST(Tls, KeepsItsDeadlines) {
    const TestCertificate certificate("localhost");
    ServerOptions options = with_tls(certificate);
    options.limits.header_timeout = std::chrono::milliseconds(100);
    TestServer server(options);
    RawClient silent(server.port());
    EXPECT_TRUE(silent.is_closed()) << "the handshake has a deadline";
    TlsProbe slow(server.port());
    ASSERT_FALSE(slow.shake_hands());
    slow.send("GET /hello HTTP/1.1\r\nHost:");
    EXPECT_TRUE(slow.receive_all().starts_with("HTTP/1.1 408 "));
}

TEST(Tls, RefusalsArrive) {
    const TestCertificate certificate("localhost");
    ServerOptions options = with_tls(certificate);
    options.limits.body_bytes_max = 10;
    TestServer server(options);
    TlsProbe probe(server.port());
    ASSERT_FALSE(probe.shake_hands());
    probe.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" +
               std::string(20000, 'x'));
    EXPECT_TRUE(probe.receive_all().starts_with("HTTP/1.1 413 "));
}

TEST(Tls, StopClosesIdleConnections) {
    const TestCertificate certificate("localhost");
    TestServer server(with_tls(certificate));
    TlsProbe idle(server.port());
    ASSERT_FALSE(idle.shake_hands());
    server.stop(std::chrono::seconds(30));
    EXPECT_EQ(idle.receive_all(), "");
    server.await_end();
}

}  // namespace
}  // namespace muster::net
