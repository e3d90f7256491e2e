// Words of a policy file with their places. Called by policy_parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "rest/policy_syntax.hpp"

namespace muster::rest {

struct Token {
    enum class Kind {
        end,
        word,    ///< an identifier or key word, folded to lower case
        quoted,  ///< "an identifier", as it is; never a key word
        text,    ///< 'a literal', without its quotes
        number,
        symbol,  ///< ( ) [ ] , ; . and the operators
    };
    Kind kind = Kind::end;
    std::string text = {};
    Position at = {};
};

/// The last token is the end. Fails: bytes that begin no token, a quote or comment that never ends.
std::expected<std::vector<Token>, PolicyFault> read_tokens(const PolicyFile& file);

}  // namespace muster::rest
