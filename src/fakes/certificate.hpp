// A certificate made for one test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "net/server.hpp"

namespace muster::fakes {

/// A self-signed certificate for `name` and 127.0.0.1, in files that go when this goes.
class TestCertificate {
public:
    explicit TestCertificate(const std::string& name, const std::string& address = "127.0.0.1");
    ~TestCertificate();
    TestCertificate(const TestCertificate&) = delete;
    TestCertificate& operator=(const TestCertificate&) = delete;

    net::TlsFiles files() const;
    std::string certificate_file() const { return files().certificate_chain; }

private:
    std::string m_folder;
};

}  // namespace muster::fakes
