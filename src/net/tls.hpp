// TLS settings, and OpenSSL's reasons in words.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>

#include "net/server.hpp"

namespace muster::net {

/// TLS 1.2 or newer, sessions can be resumed. Throws std::runtime_error that names the file.
boost::asio::ssl::context make_server_tls(const TlsFiles& files);

/// Verifies against `ca_file`, or the system's store if empty. Throws as above.
boost::asio::ssl::context make_client_tls(const std::string& ca_file);

}  // namespace muster::net
