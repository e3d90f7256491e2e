// Answers to drafted requests against the oracle's.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "differential/oracle.hpp"
#include "differential/rights.hpp"
#include "differential/verdict.hpp"

namespace muster::differential {

namespace {

json::value without_nulls(const json::value& value) {
    if (const json::array* const list = value.if_array()) {
        json::array kept;
        for (const json::value& item : *list) kept.push_back(without_nulls(item));
        return kept;
    }
    const json::object* const object = value.if_object();
    if (!object) return value;
    json::object kept;
    for (const auto& [name, member] : *object) {
        if (!member.is_null()) kept[name] = without_nulls(member);
    }
    return kept;
}

std::string range_of(const Level& level, const Oracle::Answer& answer, bool counts) {
    const auto first = level.offset.value_or(0);
    const auto count = static_cast<std::int64_t>(answer.rows.size());
    const std::string rows = count == 0 ? "*" : fmt::format("{}-{}", first, first + count - 1);
    return rows + "/" + (counts ? std::to_string(answer.total) : "*");
}

/// The first row that differs says more than both lists.
std::string difference(const json::value& found, const json::value& wanted) {
    if (found.is_array() && wanted.is_array()) {
        const json::array& left = found.get_array();
        const json::array& right = wanted.get_array();
        if (left.size() != right.size()) {
            return fmt::format("{} rows, {} expected", left.size(), right.size());
        }
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (left[i] != right[i]) return difference(left[i], right[i]);
        }
    }
    return json::serialize(found) + "\n  expected " + json::serialize(wanted);
}

bool by_id(const json::value& a, const json::value& b) {
    return json::serialize(a) < json::serialize(b);
}

json::value sorted(json::value list) {
    if (list.is_array()) std::ranges::sort(list.get_array(), by_id);
    return list;
}

}  // namespace

bool is_too_deep(const Reply& reply) {
    if (reply.status != 400) return false;
    // A HEAD has only the code, which is that of a fault of grammar too.
    const bool coded = reply.header("Proxy-Status").ends_with("PGRST100");
    return coded && (reply.body.empty() || reply.body.contains("nested too deeply"));
}

void Verdicts::expect_status(const Reply& reply, std::initializer_list<unsigned> wanted) {
    if (std::ranges::find(wanted, reply.status) != wanted.end()) return;
    blame(fmt::format("wrong: status {}, expected {}: {}", reply.status, fmt::join(wanted, " or "),
                      reply.body.substr(0, 300)));
}

void Verdicts::judge_drafted_read(const Request& request, const Reply& reply) {
    const DraftedRead& read = *request.read;
    if (is_too_deep(reply)) return;
    const Oracle oracle(m_server.world(), asker(request));
    const Oracle::Answer answer = oracle.read(read.level);
    const auto count = static_cast<std::int64_t>(answer.rows.size());
    const bool beyond = read.counts && read.level.offset.value_or(0) > answer.total;
    const bool not_one = read.shape == Shape::object && count != 1;
    if (beyond && not_one) return expect_status(reply, {406, 416});
    if (beyond) return expect_status(reply, {416});
    if (not_one) return expect_status(reply, {406});
    const bool part = read.counts && count < answer.total;
    const std::size_t before = m_faults.size();
    expect_status(reply, {part ? 206U : 200U});
    if (m_faults.size() != before) return;
    const std::string range = range_of(read.level, answer, read.counts);
    if (reply.header("Content-Range") != range) {
        blame(fmt::format("wrong: Content-Range {}, expected {}", reply.header("Content-Range"),
                          range));
    }
    if (!read.has_body || read.shape == Shape::csv) return;
    json::value wanted = answer.rows;
    if (read.shape == Shape::object) wanted = json::value(answer.rows.front());
    if (read.strips_nulls) wanted = without_nulls(wanted);
    boost::system::error_code error;
    const json::value found = json::parse(reply.body, error);
    if (found != wanted) blame("wrong: " + difference(found, wanted));
}

std::vector<const Row*> Verdicts::choose(const Request& request) const {
    const DraftedWrite& write = *request.write;
    const World& world = m_server.world();
    const Oracle oracle(world, asker(request));
    std::vector<const Row*> chosen;
    for (const Row& row : world.rows(request.table)) {
        const bool may = write.deletes ? may_delete(world, asker(request), request.table, row)
                                       : may_choose(world, asker(request), request.table, row);
        const bool seen = !write.reads || oracle.sees(*write.chosen.table, row);
        if (may && seen && oracle.passes(write.chosen, row)) chosen.push_back(&row);
    }
    return chosen;
}

/// One row that may not become what it is to become spoils the whole statement.
bool Verdicts::may_write_all(const Request& request, const std::vector<const Row*>& chosen) const {
    if (request.write->deletes) return true;
    return std::ranges::all_of(chosen, [&](const Row* row) {
        Row now = *row;
        for (const auto& member : request.write->values) now[member.key()] = member.value();
        return may_update(m_server.world(), asker(request), request.table, *row, now);
    });
}

void Verdicts::judge_drafted_write(const Request& request, const Reply& reply) {
    const DraftedWrite& write = *request.write;
    const char* const verb = write.deletes ? "delete" : "update";
    if (!has_grant(asker(request), request.table, verb)) {
        const bool anonymous = asker(request).kind == Asker::Kind::anonymous;
        return expect_status(reply, {anonymous ? 401U : 403U});
    }
    const auto chosen = choose(request);
    // A global_admin who deletes the own organisation is none any more when the next one's turn is.
    const json::string id(asker(request).id);
    const Row* const profile = m_server.world().find("profiles", "id", id);
    const bool leaves = profile && write.deletes && request.table == "organizations" &&
                        std::ranges::any_of(chosen, [&](const Row* row) {
                            return text_of(*row, "id") == text_of(*profile, "organization_id");
                        });
    if (leaves && reply.status == 403) return;
    if (!may_write_all(request, chosen)) return expect_status(reply, {403});
    const std::size_t before = m_faults.size();
    expect_status(reply, {200, 204});
    if (m_faults.size() != before) return;
    const std::string count = std::to_string(chosen.empty() ? 0 : chosen.size() - 1);
    const std::string range = write.deletes || chosen.empty() ? "*/*" : "0-" + count + "/*";
    if (reply.header("Content-Range") != range) {
        blame(fmt::format("wrong: Content-Range {}, expected {}", reply.header("Content-Range"),
                          range));
    }
    judge_chosen(request, reply, chosen);
}

/// Each chosen row is as it should be now, and no other row of the table has changed.
void Verdicts::judge_chosen(const Request& request, const Reply& reply,
                            const std::vector<const Row*>& chosen) {
    const DraftedWrite& write = *request.write;
    const World* const after = m_server.changed() ? m_server.changed() : &m_server.world();
    Rows wanted;
    for (const Row& row : m_server.world().rows(request.table)) {
        const bool is_chosen = std::ranges::find(chosen, &row) != chosen.end();
        if (is_chosen && write.deletes) continue;
        Row next = row;
        if (is_chosen) {
            for (const auto& member : write.values) next[member.key()] = member.value();
        }
        wanted.push_back(std::move(next));
    }
    if (wanted != after->rows(request.table)) {
        blame(fmt::format("wrong: {} rows were to be written, and others than those were",
                          chosen.size()));
    }
    if (reply.status == 200) judge_representation(request, reply, chosen);
}

void Verdicts::judge_representation(const Request& request, const Reply& reply,
                                    const std::vector<const Row*>& chosen) {
    const bool deletes = request.write->deletes;
    const World* const after = m_server.changed();
    const World& world = deletes || !after ? m_server.world() : *after;
    Level level;
    level.table = find_table(request.table);
    Test test{.place = {level.table->find("id")}, .op = "in"};
    for (const Row* row : chosen) test.operands.push_back(text_of(*row, "id"));
    level.where.push_back({.test = test});
    const Asker& who = asker(request);
    const Oracle oracle(world, who);
    boost::system::error_code error;
    const json::value found = sorted(json::parse(reply.body, error));
    const json::value wanted = sorted(json::value(oracle.read(level).rows));
    if (found != wanted) blame("wrong: representation: " + difference(found, wanted));
}

}  // namespace muster::differential
