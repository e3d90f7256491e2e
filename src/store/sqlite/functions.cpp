// Plain callbacks; sqlite3_user_data is the connection's CallContext.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/functions.hpp"

#include <string_view>

#include <sqlite3.h>

#include "store/sqlite/errors.hpp"

namespace muster::store::sqlite {

namespace {

using Callback = void (*)(sqlite3_context*, int, sqlite3_value**);

CallContext& context_of(sqlite3_context* call) {
    return *static_cast<CallContext*>(sqlite3_user_data(call));
}

void answer(sqlite3_context* call, std::string_view text) {
    sqlite3_result_text(call, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void now(sqlite3_context* call, int, sqlite3_value**) noexcept {
    answer(call, core::to_text(context_of(call).now));
}

void gen_random_uuid(sqlite3_context* call, int, sqlite3_value**) noexcept {
    const CallContext& context = context_of(call);
    answer(call, base::make_uuid(context.random, context.clock.now()));
}

void request_role(sqlite3_context* call, int, sqlite3_value**) noexcept {
    answer(call, context_of(call).actor.role);
}

void request_user(sqlite3_context* call, int, sqlite3_value**) noexcept {
    const std::string& user_id = context_of(call).actor.user_id;
    if (!user_id.empty()) answer(call, user_id);
}

void request_is_trusted(sqlite3_context* call, int, sqlite3_value**) noexcept {
    const CallContext& context = context_of(call);
    const std::string& role = context.actor.role;
    const bool trusted = context.system_depth > 0 || role == "server" || role == "service_role";
    sqlite3_result_int(call, trusted ? 1 : 0);
}

void enter_system(sqlite3_context* call, int, sqlite3_value**) noexcept {
    ++context_of(call).system_depth;
}

void leave_system(sqlite3_context* call, int, sqlite3_value**) noexcept {
    --context_of(call).system_depth;
}

/// SQLite asks while it compiles a statement; `trigger` is the innermost one, null at the top.
int authorize(void*, int action, const char*, const char* name, const char*,
              const char* trigger) noexcept {
    if (action != SQLITE_FUNCTION || trigger != nullptr) return SQLITE_OK;
    const std::string_view function(name);
    return function == "enter_system" || function == "leave_system" ? SQLITE_DENY : SQLITE_OK;
}

}  // namespace

void add_functions(sqlite3* connection, CallContext& context) {
    static constexpr struct {
        const char* name;
        Callback callback;
    } functions[] = {
        {"now", &now},
        {"gen_random_uuid", &gen_random_uuid},
        {"request_role", &request_role},
        {"request_user", &request_user},
        {"request_is_trusted", &request_is_trusted},
        {"enter_system", &enter_system},
        {"leave_system", &leave_system},
    };
    for (const auto& [name, callback] : functions) {
        const int code =
            sqlite3_create_function_v2(connection, name, 0, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                       &context, callback, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw_error(connection, code, "register a function");
    }
    const int code = sqlite3_set_authorizer(connection, &authorize, nullptr);
    if (code != SQLITE_OK) throw_error(connection, code, "register the authorizer");
}

}  // namespace muster::store::sqlite
