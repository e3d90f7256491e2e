// GoTrue's user and session objects, and the access token (supabase-contract sections 2.3, 2.5).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>

#include "api/services.hpp"
#include "app/sign_in.hpp"
#include "store/store.hpp"

namespace muster::api {

boost::json::object factor_json(const store::Factor& factor);
boost::json::object user_json(const store::User& user);

/// What a sign-up answers for an address that has an account already: nobody's.
boost::json::object made_up_user_json(const store::User& user);

/// The answer to a sign-in or refresh: signs a new access token.
boost::json::object session_json(const app::OpenSession& session, const Services& services,
                                 core::Timestamp now);

}  // namespace muster::api
