// A value that must not be seen. It has no formatter, no stream operator and no comparison, so a
// secret can reach a log line or an answer only by a call of reveal() that a reader can find.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace muster::base {

template <class T>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : m_value(std::move(value)) {}
    const T& reveal() const { return m_value; }

private:
    T m_value{};
};

}  // namespace muster::base
