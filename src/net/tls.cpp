// Sets OpenSSL up.
// SPDX-License-Identifier: Apache-2.0
#include "net/tls.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace muster::net {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

void require(const error_code& error, const char* what, const std::string& file) {
    if (!error) return;
    throw std::runtime_error(fmt::format("cannot use {} {}: {}", what, file, error.message()));
}

ssl::context make_tls(ssl::context::method method) {
    ssl::context tls(method);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION);
    return tls;
}

}  // namespace

ssl::context make_server_tls(const TlsFiles& files) {
    ssl::context tls = make_tls(ssl::context::tls_server);
    error_code error;
    tls.use_certificate_chain_file(files.certificate_chain, error);
    require(error, "the TLS certificate", files.certificate_chain);
    tls.use_private_key_file(files.private_key, ssl::context::pem, error);
    require(error, "the TLS private key", files.private_key);
    constexpr unsigned char session_domain[] = "muster";
    SSL_CTX_set_session_id_context(tls.native_handle(), session_domain, sizeof session_domain);
    SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_SERVER);
    // Idle connections are many: their record buffers are given back.
    SSL_CTX_set_mode(tls.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return tls;
}

ssl::context make_client_tls(const std::string& ca_file) {
    ssl::context tls = make_tls(ssl::context::tls_client);
    error_code error;
    if (ca_file.empty()) {
        tls.set_default_verify_paths(error);
        require(error, "the system's", "certificate store");
    } else {
        tls.load_verify_file(ca_file, error);
        require(error, "the certificate authority", ca_file);
    }
    tls.set_verify_mode(ssl::verify_peer, error);
    return tls;
}

}  // namespace muster::net
