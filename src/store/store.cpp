// How a database's own refusal reaches the caller.
// SPDX-License-Identifier: Apache-2.0
#include "store/store.hpp"

namespace muster::store {

namespace {

core::Code code_of(ConstraintViolation::Kind kind) {
    switch (kind) {
        case ConstraintViolation::Kind::guard: return core::Code::permission_denied;
        case ConstraintViolation::Kind::unique:
        case ConstraintViolation::Kind::foreign_key: return core::Code::conflict;
        case ConstraintViolation::Kind::not_null:
        case ConstraintViolation::Kind::check: return core::Code::invalid_value;
    }
    std::unreachable();
}

}  // namespace

std::unexpected<core::Error> Store::refusal(const ConstraintViolation& violation) {
    return core::fail_with_detail(code_of(violation.kind()), violation.what());
}

}  // namespace muster::store
