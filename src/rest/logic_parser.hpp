// and=(...), or=(...): trees of conditions. Called by parser.cpp.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rest/query.hpp"
#include "rest/scanner.hpp"

namespace muster::rest {

/// Whether a key's last part is `and` or `or`.
bool is_logic_key(std::string_view key);

struct LogicParameter {
    std::vector<std::string> embeds = {};
    std::variant<Condition, Logic> node = {};
};

/// `rel.not.or=(a.eq.1,b.is.null)`. What follows the tree is left unread. Fails: PGRST100.
Result<LogicParameter> parse_logic(std::string_view key, std::string_view value);

}  // namespace muster::rest
