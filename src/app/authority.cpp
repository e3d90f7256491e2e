// Credentials become a profile as the database knows it now.
// SPDX-License-Identifier: Apache-2.0
#include "app/authority.hpp"

#include "store/accounts.hpp"

namespace muster::app {

using core::Code;

core::Result<Authority> get_authority(store::Transaction& transaction, const Context& context) {
    switch (context.caller.kind) {
        case core::Caller::Kind::anonymous: return core::fail(Code::authorization_required);
        case core::Caller::Kind::service: return Authority{};
        case core::Caller::Kind::user: break;
    }
    auto profile = store::find_profile(transaction, context.caller.user_id);
    if (!profile) return core::fail(Code::invalid_authentication);
    return Authority{std::move(profile)};
}

core::Result<core::Actor> get_actor(const Authority& authority, const core::Device& device) {
    if (authority.administers(device.organization_id)) return core::Actor::admin;
    if (authority.owns(device)) return core::Actor::owner;
    return core::fail(Code::device_not_found);
}

}  // namespace muster::app
