// PostgreSQL's text operators that SQLite lacks or means differently.
// SPDX-License-Identifier: Apache-2.0
#include "store/patterns.hpp"
#include "store/sqlite/calls.hpp"

namespace muster::store::sqlite {

namespace {

/// Column values and NULLs in: NULL out, as PostgreSQL's operators do.
bool has_null(Arguments arguments) {
    return is_null(arguments[0]) || is_null(arguments[1]);
}

template <LetterCase letter_case>
void pg_like(sqlite3_context* call, Arguments arguments) {
    if (has_null(arguments)) return;
    const std::string_view pattern = text_of(arguments[1]);
    if (const auto fault = like_fault(pattern)) {
        refuse(call, ArgumentFault::like, *fault);
        return;
    }
    answer(call, is_like(text_of(arguments[0]), pattern, letter_case));
}

template <LetterCase letter_case>
void pg_match(sqlite3_context* call, Arguments arguments) {
    if (has_null(arguments)) return;
    const auto compile = [](std::string_view pattern) {
        return Regex::compile(pattern, letter_case);
    };
    const auto regex = kept<Regex>(call, arguments, 1, compile);
    if (!regex) {
        const auto fault = regex_fault(text_of(arguments[1]));
        refuse(call, ArgumentFault::regex, fault.value_or("invalid regular expression"));
        return;
    }
    answer(call, regex->is_match(text_of(arguments[0])));
}

}  // namespace

void add_text_functions(sqlite3* connection, CallContext& context) {
    const Function functions[] = {
        {"pg_like", 2, &guarded<&pg_like<LetterCase::exact>>, SQLITE_DETERMINISTIC},
        {"pg_ilike", 2, &guarded<&pg_like<LetterCase::folded>>, SQLITE_DETERMINISTIC},
        {"pg_match", 2, &guarded<&pg_match<LetterCase::exact>>, SQLITE_DETERMINISTIC},
        {"pg_imatch", 2, &guarded<&pg_match<LetterCase::folded>>, SQLITE_DETERMINISTIC},
    };
    for (const Function& function : functions) add_function(connection, function, context);
}

}  // namespace muster::store::sqlite
