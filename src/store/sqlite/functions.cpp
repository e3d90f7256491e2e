// Plain callbacks; sqlite3_user_data is the connection's CallContext.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/functions.hpp"

#include "store/sqlite/calls.hpp"

namespace muster::store::sqlite {

namespace {

void now(sqlite3_context* call, Arguments) {
    answer(call, core::to_text(context_of(call).now));
}

void gen_random_uuid(sqlite3_context* call, Arguments) {
    const CallContext& context = context_of(call);
    answer(call, base::make_uuid(context.random, context.clock.now()));
}

/// SQLite asks while it compiles a statement; `trigger` is the innermost one, null at the top.
int authorize(void*, int action, const char*, const char* name, const char*,
              const char* trigger) noexcept {
    if (action != SQLITE_FUNCTION || trigger != nullptr) return SQLITE_OK;
    const std::string_view function(name);
    return function == "enter_system" || function == "leave_system" ? SQLITE_DENY : SQLITE_OK;
}

}  // namespace

void add_function(sqlite3* connection, const Function& function, CallContext& context) {
    const int code =
        sqlite3_create_function_v2(connection, function.name, function.arguments,
                                   SQLITE_UTF8 | SQLITE_INNOCUOUS | function.flags, &context,
                                   function.callback, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_error(connection, code, "register a function");
}

void add_functions(sqlite3* connection, CallContext& context) {
    add_function(connection, {"now", 0, &guarded<&now>}, context);
    add_function(connection, {"gen_random_uuid", 0, &guarded<&gen_random_uuid>}, context);
    add_request_functions(connection, context);
    add_text_functions(connection, context);
    add_json_functions(connection, context);
    add_value_functions(connection, context);
    const int code = sqlite3_set_authorizer(connection, &authorize, nullptr);
    if (code != SQLITE_OK) throw_error(connection, code, "register the authorizer");
}

}  // namespace muster::store::sqlite
