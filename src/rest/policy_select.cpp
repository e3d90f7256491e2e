// SELECT inside a policy: items, FROM with its joins, WHERE.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_parser.hpp"

namespace muster::rest {

namespace {

class SelectParser {
public:
    SelectParser(TokenStream& tokens, const std::function<ExpressionPointer()>& parse_expression)
        : m_tokens(tokens), m_parse_expression(parse_expression) {}

    std::unique_ptr<Select> run() {
        auto select = std::make_unique<Select>();
        m_tokens.expect_words({"select"});
        m_tokens.accept_words({"distinct"});
        if (!m_tokens.accept_symbol("*")) {
            do {
                select->items.push_back(m_parse_expression());
                if (m_tokens.accept_words({"as"})) m_tokens.expect_name();
            } while (m_tokens.accept_symbol(","));
        }
        if (m_tokens.accept_words({"from"})) parse_from(*select);
        if (m_tokens.accept_words({"where"})) select->where = m_parse_expression();
        return select;
    }

private:
    void parse_from(Select& select) {
        select.from.push_back(parse_from_item(FromItem::Join::comma));
        for (;;) {
            if (select.from.size() > policy_tables_max) {
                m_tokens.fail(m_tokens.peek().at, "too many tables");
            }
            if (m_tokens.accept_symbol(",")) {
                select.from.push_back(parse_from_item(FromItem::Join::comma));
            } else if (m_tokens.accept_words({"cross", "join"})) {
                select.from.push_back(parse_from_item(FromItem::Join::inner));
            } else if (accept_join(select)) {
                m_tokens.expect_words({"on"});
                select.from.back().on = m_parse_expression();
            } else {
                return;
            }
        }
    }

    bool accept_join(Select& select) {
        if (m_tokens.accept_words({"join"}) || m_tokens.accept_words({"inner", "join"})) {
            select.from.push_back(parse_from_item(FromItem::Join::inner));
        } else if (m_tokens.accept_words({"left", "join"}) ||
                   m_tokens.accept_words({"left", "outer", "join"})) {
            select.from.push_back(parse_from_item(FromItem::Join::left));
        } else {
            return false;
        }
        return true;
    }

    FromItem parse_from_item(FromItem::Join join) {
        FromItem item{parse_table_name(m_tokens), {}, join, {}};
        const bool has_as = m_tokens.accept_words({"as"});
        if (has_as || m_tokens.is_name()) {
            item.alias = m_tokens.expect_name();
        }
        return item;
    }

    TokenStream& m_tokens;
    const std::function<ExpressionPointer()>& m_parse_expression;
};

}  // namespace

std::unique_ptr<Select> parse_policy_select(
    TokenStream& tokens, const std::function<ExpressionPointer()>& parse_expression) {
    return SelectParser(tokens, parse_expression).run();
}

}  // namespace muster::rest
