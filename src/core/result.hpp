// Result<T>: a value, or the reason why there is none. Expected refusals travel this way; a broken
// world (disk, lost database, bad row) is an exception; a broken program stops.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace muster::core {

template <class T>
struct [[nodiscard]] Result : std::expected<T, Error> {
    using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(Code code) {
    return std::unexpected(Error{code});
}

/// Bad input: `field` names it, `allowed` says what would have been accepted.
inline std::unexpected<Error> fail(Code code, std::string field, std::string allowed = {}) {
    return std::unexpected(Error{code, std::move(field), std::move(allowed)});
}

/// `detail` goes to the log only.
inline std::unexpected<Error> fail_with_detail(Code code, std::string detail) {
    Error error{code};
    error.detail = std::move(detail);
    return std::unexpected(std::move(error));
}

}  // namespace muster::core
