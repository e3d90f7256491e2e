// The pace of a test that runs real programs: time is real, and what is told is kept. Only tests
// include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "agent/pace.hpp"

namespace muster::agent {

class PaceFake {
public:
    explicit PaceFake(std::chrono::milliseconds time)
        : m_pace{
              [this](const std::string& text) {
                  if (m_told.empty() || m_told.back() != text) m_told.push_back(text);
              },
              [this](std::chrono::milliseconds by) {
                  if (on_wait) on_wait();
                  std::this_thread::sleep_for(std::min(by, std::chrono::milliseconds(5)));
              },
              [] { return std::chrono::steady_clock::now(); },
              std::chrono::steady_clock::now() + time,
          } {}
    PaceFake(const PaceFake&) = delete;
    PaceFake& operator=(const PaceFake&) = delete;

    const Pace& pace() const { return m_pace; }
    const std::vector<std::string>& told() const { return m_told; }

    std::function<void()> on_wait;  ///< before each wait

private:
    std::vector<std::string> m_told;
    Pace m_pace;
};

}  // namespace muster::agent
