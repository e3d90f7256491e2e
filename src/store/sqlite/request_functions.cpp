// Who is asking: what guards, policies and an operator's own triggers look at.
// SPDX-License-Identifier: Apache-2.0
#include <boost/json/parse.hpp>

#include "store/sqlite/calls.hpp"

namespace muster::store::sqlite {

namespace {

void request_role(sqlite3_context* call, Arguments) {
    answer(call, context_of(call).actor.role);
}

void request_user(sqlite3_context* call, Arguments) {
    const std::string& user_id = context_of(call).actor.user_id;
    if (!user_id.empty()) answer(call, user_id);
}

void request_is_trusted(sqlite3_context* call, Arguments) {
    const CallContext& context = context_of(call);
    const std::string& role = context.actor.role;
    answer(call, context.system_depth > 0 || role == "server" || role == "service_role");
}

void enter_system(sqlite3_context* call, Arguments) {
    ++context_of(call).system_depth;
}

void leave_system(sqlite3_context* call, Arguments) {
    --context_of(call).system_depth;
}

void auth_jwt(sqlite3_context* call, Arguments) {
    const std::string& claims = context_of(call).actor.claims;
    if (!claims.empty()) answer(call, claims);
}

/// The claim "email", or null.
void auth_email(sqlite3_context* call, Arguments) {
    const std::string& claims = context_of(call).actor.claims;
    if (claims.empty()) return;
    boost::system::error_code error;
    const boost::json::value parsed = boost::json::parse(claims, error);
    if (error || !parsed.is_object()) return;
    const boost::json::value* email = parsed.get_object().if_contains("email");
    if (email == nullptr || !email->is_string()) return;
    answer(call, std::string_view(email->get_string()));
}

/// One text of the profile whose id is the argument. Compiled anew each time: in a policy it is
/// asked once a statement.
void answer_from_profile(sqlite3_context* call, Arguments arguments, const char* sql) {
    if (is_null(arguments[0])) return;
    sqlite3_stmt* statement = nullptr;
    const int compiled =
        sqlite3_prepare_v2(sqlite3_context_db_handle(call), sql, -1, &statement, nullptr);
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(statement, &sqlite3_finalize);
    if (compiled != SQLITE_OK) {
        sqlite3_result_error_code(call, compiled);
        return;
    }
    sqlite3_bind_value(statement, 1, arguments[0]);
    const int stepped = sqlite3_step(statement);
    if (stepped == SQLITE_ROW) {
        sqlite3_result_value(call, sqlite3_column_value(statement, 0));
    } else if (stepped != SQLITE_DONE) {
        sqlite3_result_error_code(call, stepped);
    }
}

void get_user_org_id(sqlite3_context* call, Arguments arguments) {
    answer_from_profile(call, arguments, "SELECT organization_id FROM profiles WHERE id = ?1");
}

void get_user_role(sqlite3_context* call, Arguments arguments) {
    answer_from_profile(call, arguments, "SELECT role FROM profiles WHERE id = ?1");
}

}  // namespace

void add_request_functions(sqlite3* connection, CallContext& context) {
    // DETERMINISTIC: the same within one statement, so SQLite asks once.
    const Function functions[] = {
        {"request_role", 0, &guarded<&request_role>},
        {"request_user", 0, &guarded<&request_user>},
        {"request_is_trusted", 0, &guarded<&request_is_trusted>},
        {"enter_system", 0, &guarded<&enter_system>},
        {"leave_system", 0, &guarded<&leave_system>},
        {"auth_uid", 0, &guarded<&request_user>, SQLITE_DETERMINISTIC},
        {"auth_role", 0, &guarded<&request_role>, SQLITE_DETERMINISTIC},
        {"auth_jwt", 0, &guarded<&auth_jwt>, SQLITE_DETERMINISTIC},
        {"auth_email", 0, &guarded<&auth_email>, SQLITE_DETERMINISTIC},
        {"get_user_org_id", 1, &guarded<&get_user_org_id>, SQLITE_DETERMINISTIC},
        {"get_user_role", 1, &guarded<&get_user_role>, SQLITE_DETERMINISTIC},
    };
    for (const Function& function : functions) add_function(connection, function, context);
}

}  // namespace muster::store::sqlite
