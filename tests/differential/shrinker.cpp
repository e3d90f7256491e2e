// One part after the other is left out: of the query string, the headers, or the draft.
// SPDX-License-Identifier: Apache-2.0
#include "differential/shrinker.hpp"

#include <algorithm>
#include <optional>

namespace muster::differential {

namespace {

constexpr int rounds_max = 20;

std::string class_of(const std::vector<std::string>& faults) {
    if (faults.empty()) return {};
    return faults.front().substr(0, faults.front().find_first_of(" :"));
}

Level clone(const Level& level) {
    Level copy = level;
    for (Item& item : copy.items) {
        if (!item.embed) continue;
        item.embed = std::make_shared<Embed>(*item.embed);
        item.embed->level = clone(item.embed->level);
    }
    return copy;
}

bool names_embed(const Tree& tree, const std::string& name) {
    if (tree.test) return tree.test->embed == name;
    return std::ranges::any_of(tree.children,
                               [&](const Tree& child) { return names_embed(child, name); });
}

void drop_item(Level& level, std::size_t at) {
    const Item item = level.items[at];
    level.items.erase(level.items.begin() + static_cast<std::ptrdiff_t>(at));
    if (!item.embed) return;
    const std::string& name = item.embed->name();
    std::erase_if(level.where, [&](const Tree& tree) { return names_embed(tree, name); });
    std::erase_if(level.order, [&](const Term& term) { return term.embed == name; });
}

/// Leaves out the part with that number; false: there are not so many.
bool leave_out(Level& level, std::size_t& number) {
    if (number < level.where.size()) {
        level.where.erase(level.where.begin() + static_cast<std::ptrdiff_t>(number));
        return true;
    }
    number -= level.where.size();
    // The last term makes the order complete.
    const std::size_t terms = level.order.empty() ? 0 : level.order.size() - 1;
    if (number < terms) {
        level.order.erase(level.order.begin() + static_cast<std::ptrdiff_t>(number));
        return true;
    }
    number -= terms;
    const std::size_t items = level.items.size() > 1 ? level.items.size() : 0;
    if (number < items) {
        drop_item(level, number);
        return true;
    }
    number -= items;
    if (number == 0 && level.limit) return level.limit.reset(), true;
    if (number <= 1 && level.offset) return level.offset.reset(), true;
    number = number < 2 ? 0 : number - 2;
    return std::ranges::any_of(level.items, [&](Item& item) {
        return item.embed && leave_out(item.embed->level, number);
    });
}

std::optional<Request> without_part(const Request& request, std::size_t number) {
    Request smaller = request;
    const bool ranged = std::ranges::any_of(
        request.call.headers, [](const auto& header) { return header.first == "Range"; });
    if (ranged) return std::nullopt;
    smaller.read->level = clone(request.read->level);
    if (!leave_out(smaller.read->level, number)) return std::nullopt;
    const std::string query = write_query(write_parameters(smaller.read->level));
    smaller.call.target = "/rest/v1/" + request.table + "?" + query;
    return smaller;
}

std::vector<std::string> split(const std::string& query) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= query.size()) {
        const std::size_t end = std::min(query.find('&', start), query.size());
        parts.push_back(query.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

std::optional<Request> without_parameter(const Request& request, std::size_t number) {
    Request smaller = request;
    std::vector<std::pair<std::string, std::string>>& headers = smaller.call.headers;
    if (number < headers.size()) {
        headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(number));
        return smaller;
    }
    number -= headers.size();
    const auto question = request.call.target.find('?');
    if (question == std::string::npos) return std::nullopt;
    const auto parts = split(request.call.target.substr(question + 1));
    if (number >= parts.size()) return std::nullopt;
    std::string query;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i != number) query += (query.empty() ? "" : "&") + parts[i];
    }
    smaller.call.target = request.call.target.substr(0, question + 1) + query;
    return smaller;
}

std::optional<Request> smaller_one(const Request& request, std::size_t number) {
    if (request.write) return std::nullopt;
    return request.read ? without_part(request, number) : without_parameter(request, number);
}

}  // namespace

Request shrink(Request request, const Judge& judge) {
    const std::string wanted = class_of(judge(request));
    for (int round = 0; round < rounds_max; ++round) {
        bool shrunk = false;
        for (std::size_t number = 0;; ++number) {
            const auto smaller = smaller_one(request, number);
            if (!smaller) break;
            if (class_of(judge(*smaller)) != wanted) continue;
            request = *smaller;
            shrunk = true;
            break;
        }
        if (!shrunk) break;
    }
    return request;
}

}  // namespace muster::differential
