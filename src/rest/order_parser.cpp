// order=: every term is tried as one of an embed, then as one of the relation itself.
// SPDX-License-Identifier: Apache-2.0
#include "rest/order_parser.hpp"

#include <utility>

#include <fmt/format.h>

#include "rest/field_parser.hpp"

namespace muster::rest {
namespace {

bool take_suffix(Scanner& scanner, std::string_view word) {
    return scanner.attempt([&] { return take_delimiter(scanner) && scanner.take(word); });
}

bool parse_suffixes(Scanner& scanner, OrderTerm& term) {
    if (!take_suffix(scanner, "asc")) term.descending = take_suffix(scanner, "desc");
    if (take_suffix(scanner, "nullsfirst")) {
        term.nulls_first = true;
    } else if (take_suffix(scanner, "nullslast")) {
        term.nulls_first = false;
    }
    return scanner.sees(",") || scanner.sees_end();
}

bool parse_embed_term(Scanner& scanner, OrderTerm& term) {
    term.embed = parse_name(scanner);
    if (!term.embed || !scanner.take("(")) return false;
    auto field = parse_field(scanner);
    if (!field || !scanner.take(")")) return false;
    term.field = std::move(*field);
    return parse_suffixes(scanner, term);
}

bool parse_plain_term(Scanner& scanner, OrderTerm& term) {
    auto field = parse_field(scanner);
    if (!field) return false;
    term.field = std::move(*field);
    return parse_suffixes(scanner, term);
}

bool parse_term(Scanner& scanner, std::vector<OrderTerm>& terms) {
    scanner.take_blanks();
    OrderTerm term;
    if (!scanner.attempt([&] { return parse_embed_term(scanner, term); })) {
        term = {};
        if (!parse_plain_term(scanner, term)) return false;
    }
    scanner.take_blanks();
    terms.push_back(std::move(term));
    return true;
}

}  // namespace

Result<std::vector<OrderTerm>> parse_order(std::string_view value) {
    Scanner scanner(value);
    std::vector<OrderTerm> terms;
    if (scanner.list([&] { return parse_term(scanner, terms); },
                     [&] { return scanner.take(","); })) {
        return terms;
    }
    return scanner.failure(fmt::format("failed to parse order ({})", value));
}

}  // namespace muster::rest
