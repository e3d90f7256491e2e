// What every SQL function of ours is written with: arguments as views, answers, refusals, and the
// wall that keeps exceptions out of SQLite's C. Included by the *_functions.cpp beside it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "store/sqlite/errors.hpp"
#include "store/sqlite/functions.hpp"

namespace muster::store::sqlite {

using Arguments = std::span<sqlite3_value*>;
using Callback = void (*)(sqlite3_context*, int, sqlite3_value**);

inline CallContext& context_of(sqlite3_context* call) {
    return *static_cast<CallContext*>(sqlite3_user_data(call));
}

inline void answer(sqlite3_context* call, std::string_view text) {
    sqlite3_result_text64(call, text.data() != nullptr ? text.data() : "", text.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
}

inline void answer(sqlite3_context* call, bool value) {
    sqlite3_result_int(call, value ? 1 : 0);
}

/// The statement fails with ArgumentRefused.
inline void refuse(sqlite3_context* call, ArgumentFault fault, std::string_view message) {
    sqlite3_result_error(call, message.data(), static_cast<int>(message.size()));
    sqlite3_result_error_code(call, refusal_code(fault));
}

inline bool is_null(sqlite3_value* value) {
    return sqlite3_value_type(value) == SQLITE_NULL;
}

/// Numbers as SQLite writes them, blobs as their bytes. Valid until the value's type is asked anew.
inline std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// `call` must not throw across SQLite: `Body` may.
template <void (*Body)(sqlite3_context*, Arguments)>
void guarded(sqlite3_context* call, int count, sqlite3_value** values) noexcept {
    try {
        Body(call, Arguments(values, static_cast<std::size_t>(count)));
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(call);
    } catch (const std::exception& error) {
        sqlite3_result_error(call, error.what(), -1);
    }
}

/// What was made of a constant argument, kept for the statement's other rows. `Make` is a callable
/// of (std::string_view) that returns std::optional<T>; null: it returned nothing.
template <class T, class Make>
std::shared_ptr<const T> kept(sqlite3_context* call, Arguments arguments, int index, Make make) {
    using Kept = std::shared_ptr<const T>;
    if (auto* found = static_cast<Kept*>(sqlite3_get_auxdata(call, index))) return *found;
    std::optional<T> made = make(text_of(arguments[static_cast<std::size_t>(index)]));
    if (!made) return nullptr;
    Kept value = std::make_shared<const T>(std::move(*made));
    // SQLite may drop it before this returns: `value` holds on.
    sqlite3_set_auxdata(call, index, new Kept(value),
                        [](void* old) { delete static_cast<Kept*>(old); });
    return value;
}

struct Function {
    const char* name;
    int arguments;  ///< -1: any number
    Callback callback;
    int flags = 0;
};

/// Throws StoreError.
void add_function(sqlite3* connection, const Function& function, CallContext& context);

void add_request_functions(sqlite3* connection, CallContext& context);
void add_text_functions(sqlite3* connection, CallContext& context);
void add_json_functions(sqlite3* connection, CallContext& context);
void add_value_functions(sqlite3* connection, CallContext& context);

}  // namespace muster::store::sqlite
