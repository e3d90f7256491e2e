// What earlier answers and letters gave: ids, tokens, codes, for later requests to use.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "differential/dice.hpp"
#include "twins/step.hpp"

namespace muster::twins {

namespace json = boost::json;

/// A code or link token that was mailed, with what it is good for.
struct MailedToken {
    std::string type = {};
    std::string address = {};
    std::string code = {};
    std::string link = {};  ///< path and query
    std::string hash = {};  ///< the link's token
};

struct Factor {
    std::string id;
    std::string secret;  ///< base32
    std::string bearer;  ///< whose it is
    std::string challenge = {};
};

/// Bounded: the oldest goes.
class Memory {
public:
    /// From the first server's answer. `bearer`: who asked.
    void learn(const Step& step, const Answer& answer, const std::string& bearer);
    void keep(std::string_view kind, std::string value);

    /// Recent values more often than old ones; empty: none of that kind.
    std::string pick(differential::Dice& dice, std::string_view kind) const;
    const MailedToken* pick_mailed(differential::Dice& dice) const;
    Factor* pick_factor(differential::Dice& dice);

private:
    void learn_members(const Step& step, const json::value& value);
    void learn_factor(const Step& step, const json::object& body, const std::string& bearer);
    void learn_letter(const Letter& letter);
    void keep_mailed(MailedToken mailed);

    std::map<std::string, std::vector<std::string>, std::less<>> m_values;
    std::vector<MailedToken> m_mailed;
    std::vector<Factor> m_factors;
};

}  // namespace muster::twins
