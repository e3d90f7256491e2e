// A device that enrols at a scripted server, with time of the test's making. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/enrollment.hpp"
#include "agent/http_server_fake.hpp"
#include "agent/network_client_fake.hpp"
#include "agent/temporary_folder_fake.hpp"
#include "fakes/clock.hpp"

namespace muster::agent {

inline const char* const enrollment_token = "muster-token-of-a-test";

/// Answers one after another, whatever is asked; the last one again and again.
inline HttpServerFake::Script in_turn(std::vector<std::optional<FakeAnswer>> answers) {
    return [answers = std::move(answers), next = std::size_t{0}](const FakeRequest&) mutable {
        const auto answer = answers[std::min(next, answers.size() - 1)];
        ++next;
        return answer;
    };
}

inline FakeAnswer ok(std::string body) {
    return {200, std::move(body)};
}
inline FakeAnswer refused(int status, const char* code) {
    return {status, std::string(R"({"error":"No.","code":")") + code + "\"}"};
}

/// A device on which time passes only while it waits.
class Device {
public:
    Device() {
        std::filesystem::create_directories(m_folder.path() / "etc");
        std::ofstream(m_folder.path() / "etc/machine-id") << "0123456789abcdef0123456789abcdef\n";
        std::ofstream(m_folder.path() / "etc/hostname") << "ada\n";
    }
    std::expected<Enrollment, EnrollmentFailure> enroll(const std::string& url,
                                                        const std::string& network = "auto") {
        EnrollmentRequest request;
        request.server.url = url;
        request.server.accept_language = "es";
        request.token = base::Secret<std::string>(enrollment_token);
        request.network = network;
        request.facts_root = m_folder.path();
        request.state_folder = state_folder();
        const EnrollmentHooks hooks{
            [this](const Progress& progress) { m_progress.push_back(progress); },
            [this](std::chrono::milliseconds by) {
                m_waits.push_back(by);
                m_now += by;
            },
            [this] { return m_now; },
            [this](std::string_view name) { return find_client(name); },
        };
        return agent::enroll(request, hooks, m_clock);
    }
    std::filesystem::path state_folder() const { return m_folder.path() / "state"; }
    const std::vector<std::chrono::milliseconds>& waits() const { return m_waits; }
    const std::vector<Progress>& progress() const { return m_progress; }
    const fakes::FakeClock& clock() const { return m_clock; }

    ClientWorld world;  ///< that the network's client meets

private:
    std::unique_ptr<NetworkClient> find_client(std::string_view network) {
        if (network != "tailscale" && network != "headscale" && network != "netbird")
            return nullptr;
        return std::make_unique<NetworkClientFake>(world);
    }

    TemporaryFolder m_folder;
    fakes::FakeClock m_clock;
    std::chrono::steady_clock::time_point m_now{};
    std::vector<std::chrono::milliseconds> m_waits;
    std::vector<Progress> m_progress;
};

}  // namespace muster::agent
