// What holds for every answer: form, size, leaks, rights.
// SPDX-License-Identifier: Apache-2.0
#include "differential/verdict.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "differential/rights.hpp"

namespace muster::differential {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "zqd17q" at the front of the text, or nothing.
std::string mark_at(std::string_view text) {
    if (!text.starts_with("zq") || text.size() < 5) return {};
    std::size_t end = 3;
    while (end < text.size() && is_digit(text[end])) ++end;
    const bool whole = end > 3 && end < text.size() && text[end] == 'q';
    return whole ? std::string(text.substr(0, end + 1)) : std::string();
}

/// ".123457+00": the microseconds of a row's time.
std::string moment_at(std::string_view text) {
    constexpr std::size_t size = 10;
    if (text.size() < size || text[0] != '.' || !text.substr(7).starts_with("+00")) return {};
    const bool digits = std::ranges::all_of(text.substr(1, 6), is_digit);
    // Whole seconds are the requests' own.
    const bool tells = digits && !text.starts_with(".000000");
    return tells ? std::string(text.substr(0, size)) : std::string();
}

std::string uuid_at(std::string_view text) {
    constexpr std::size_t size = 36;
    if (text.size() < size || text[8] != '-') return {};
    const std::string_view uuid = text.substr(0, size);
    return base::is_uuid(uuid) ? std::string(uuid) : std::string();
}

void add_row_marks(const Asker& asker, const Table& table, const Row& row,
                   std::set<std::string>& marks) {
    json::object visible;
    for (const Column& column : table.columns) visible[column.name] = shown(asker, column, row);
    marks.merge(find_marks(json::serialize(visible)));
}

std::set<std::string> marks_told(const World& world, const Asker& asker) {
    std::set<std::string> marks;
    for (const Table& table : exposed_tables()) {
        for (const Row& row : world.rows(table.name)) {
            if (may_see(world, asker, table.name, row)) add_row_marks(asker, table, row, marks);
        }
    }
    if (!asker.id.empty()) marks.insert(asker.id);
    return marks;
}

/// As the table API does: a percent sign that encodes nothing stands for itself.
std::string decode_leniently(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto code = text[i] == '%' ? base::decode_form(text.substr(i, 3)) : std::nullopt;
        const bool encodes = code && code->size() == 1;
        decoded += encodes ? code->front() : text[i] == '+' ? ' ' : text[i];
        if (encodes) i += 2;
    }
    return decoded;
}

std::set<std::string> marks_sent(const Call& call) {
    std::string text = call.target + " " + call.body + " ";
    text += decode_leniently(call.target) + " " + decode_leniently(call.body) + " ";
    for (const auto& [name, value] : call.headers) text += value + " ";
    const std::string lower = [&] {
        std::string copy = text;
        std::ranges::transform(copy, copy.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        });
        return copy;
    }();
    auto marks = find_marks(text);
    marks.merge(find_marks(lower));
    return marks;
}

std::string text_of_answer(const Reply& reply) {
    // The digits of an escape such as \\u001a are not those of a mark behind it.
    std::string text = reply.body;
    for (auto at = text.find("\\u00"); at != std::string::npos; at = text.find("\\u00", at)) {
        text.replace(at, 6, " ");
    }
    for (const net::Header& header : reply.headers) text += "\n" + header.value;
    return text;
}

std::string beginning(const std::string& text) {
    constexpr std::size_t shown_max = 300;
    return text.size() <= shown_max ? text : text.substr(0, shown_max) + "...";
}

}  // namespace

std::set<std::string> find_marks(std::string_view text) {
    std::set<std::string> marks;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view rest = text.substr(at);
        std::string found;
        if (rest.front() == 'z') found = mark_at(rest);
        if (rest.front() == '.') found = moment_at(rest);
        if (found.empty() && rest.size() > 8 && rest[8] == '-') found = uuid_at(rest);
        if (!found.empty()) marks.insert(std::move(found));
    }
    return marks;
}

std::vector<std::string> Verdicts::judge(const Request& request, const Reply& reply) {
    m_faults.clear();
    judge_form(request, reply);
    judge_leaks(request, reply);
    judge_size(request, reply);
    judge_write(request, reply);
    if (asker(request).kind == Asker::Kind::rejected) {
        // A path or method that nobody can use may be refused before anybody is known.
        if (request.call.method != "OPTIONS") expect_status(reply, {401, 404, 405});
        return m_faults;
    }
    if (request.read) judge_drafted_read(request, reply);
    if (request.write) judge_drafted_write(request, reply);
    return m_faults;
}

void Verdicts::judge_form(const Request& request, const Reply& reply) {
    if (reply.status >= 500 || reply.status < 200) blame(fmt::format("status {}", reply.status));
    if (reply.seconds > m_slow_seconds) blame(fmt::format("slow: {:.3f} s", reply.seconds));
    if (!base::is_valid_utf8(reply.body)) blame("form: the body is not UTF-8");
    const bool head = request.call.method == "HEAD";
    if (!reply.content_type.contains("json") || reply.body.empty()) return;
    boost::system::error_code error;
    const json::value body = json::parse(reply.body, error);
    if (error) {
        blame("form: the body is not the JSON that it says it is: " + beginning(reply.body));
        return;
    }
    const bool refused = reply.status >= 300 && reply.status != 401 && !head;
    if (!refused || reply.status == 404 || reply.status == 405) return;
    const json::object* const members = body.if_object();
    const bool four = members && members->contains("code") && members->contains("message") &&
                      members->contains("details") && members->contains("hint");
    if (!four) blame("form: a refusal without its four members: " + beginning(reply.body));
}

const std::set<std::string>& Verdicts::told(std::size_t asker) {
    auto found = m_told.find(asker);
    if (found == m_told.end()) {
        const Asker& who = m_server.askers().at(asker);
        found = m_told.emplace(asker, marks_told(m_server.world(), who)).first;
    }
    return found->second;
}

void Verdicts::judge_leaks(const Request& request, const Reply& reply) {
    const std::string text = text_of_answer(reply);
    const std::string sent = request.call.target + request.call.body;
    for (const std::string& secret : m_server.world().stored_secrets) {
        const bool echo = sent.contains(secret);
        if (!echo && text.contains(secret)) blame("leak: a stored secret: " + secret);
    }
    std::set<std::string> marks = find_marks(text);
    const auto forget = [&](const std::set<std::string>& known) {
        std::erase_if(marks, [&](const std::string& mark) { return known.contains(mark); });
    };
    forget(told(request.call.asker));
    if (!marks.empty()) forget(marks_sent(request.call));
    const World* const after = m_server.changed();
    if (!marks.empty() && after) forget(marks_told(*after, asker(request)));
    const Asker all{"everybody", Asker::Kind::service};
    const std::set<std::string> known =
        marks.empty() ? marks : marks_told(after ? *after : m_server.world(), all);
    for (const std::string& mark : marks) {
        if (known.contains(mark)) blame("leak: " + mark);
    }
}

/// Neither a total nor a list may be longer than what the asker can see of the table.
void Verdicts::judge_size(const Request& request, const Reply& reply) {
    const bool reads = request.call.method == "GET" || request.call.method == "HEAD";
    const std::string prefix = "/rest/v1/" + request.table;
    const std::string path = request.call.target.substr(0, request.call.target.find('?'));
    if (!reads || path != prefix) return;
    const World& world = m_server.world();
    const Rows& rows = world.rows(request.table);
    const auto visible = static_cast<std::size_t>(std::ranges::count_if(
        rows, [&](const Row& row) { return may_see(world, asker(request), request.table, row); }));
    const std::string range = reply.header("Content-Range");
    const auto slash = range.find('/');
    if (slash != std::string::npos && range.substr(slash + 1) != "*" &&
        std::stoull(range.substr(slash + 1)) > visible) {
        blame(fmt::format("leak: {} rows are counted, {} are visible", range, visible));
    }
    if (reply.status >= 300 || !reply.content_type.contains("json") || reply.body.empty()) return;
    boost::system::error_code error;
    const json::value body = json::parse(reply.body, error);
    if (!error && body.is_array() && body.get_array().size() > visible) {
        blame(fmt::format("leak: {} rows, {} are visible", body.get_array().size(), visible));
    }
}

void Verdicts::judge_write(const Request& request, const Reply& reply) {
    const World* const after = m_server.changed();
    if (!after || after->tables == m_server.world().tables) return;
    const std::string& method = request.call.method;
    if (method == "GET" || method == "HEAD" || method == "OPTIONS") blame("write: by " + method);
    if (reply.status >= 300) blame(fmt::format("write: in spite of status {}", reply.status));
    for (const std::string& fault :
         judge_changes(m_server.world(), *after, asker(request), request.table)) {
        blame("write: " + fault);
    }
}

}  // namespace muster::differential
