// Codes to statuses: PostgREST's "errors" reference page as two tables, the first row that fits.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/answers.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;

struct StatusRow {
    std::string_view prefix;
    unsigned status;
};

// What is not listed is 400.
constexpr StatusRow postgrest_rows[] = {
    {"PGRST000", 503}, {"PGRST001", 503}, {"PGRST002", 503}, {"PGRST003", 504}, {"PGRST101", 405},
    {"PGRST103", 416}, {"PGRST105", 405}, {"PGRST106", 406}, {"PGRST107", 406}, {"PGRST111", 500},
    {"PGRST112", 500}, {"PGRST116", 406}, {"PGRST117", 405}, {"PGRST121", 500}, {"PGRST125", 404},
    {"PGRST126", 404}, {"PGRST201", 300}, {"PGRST202", 404}, {"PGRST203", 300}, {"PGRST205", 404},
    {"PGRST300", 500}, {"PGRST301", 401}, {"PGRST302", 401}, {"PGRST303", 401}, {"PGRSTX", 500},
};
constexpr StatusRow sqlstate_rows[] = {
    {"08", 503},    {"09", 500}, {"0L", 403},    {"0P", 403},    {"23503", 409}, {"23505", 409},
    {"25006", 405}, {"25", 500}, {"28", 403},    {"2D", 500},    {"38", 500},    {"39", 500},
    {"3B", 500},    {"40", 500}, {"53400", 500}, {"53", 503},    {"54", 500},    {"55", 500},
    {"57P01", 503}, {"57", 500}, {"58", 500},    {"F0", 500},    {"HV", 500},    {"XX", 500},
    {"P0001", 400}, {"P0", 500}, {"42883", 404}, {"42P01", 404}, {"42P17", 500},
};
constexpr unsigned otherwise = 400;

template <std::size_t size>
unsigned find_status(const StatusRow (&rows)[size], std::string_view code) {
    const auto found = std::ranges::find_if(
        rows, [&](const StatusRow& row) { return code.starts_with(row.prefix); });
    return found == std::end(rows) ? otherwise : found->status;
}

/// SQLSTATE PT402 asks for status 402.
std::optional<unsigned> parse_own_status(std::string_view code) {
    if (code.size() != 5 || !code.starts_with("PT")) return std::nullopt;
    unsigned status = 0;
    const char* end = code.data() + code.size();
    const auto [rest, error] = std::from_chars(code.data() + 2, end, status);
    const bool is_status = error == std::errc() && rest == end && status >= 200 && status <= 599;
    return is_status ? status : 500;
}

/// A refusal repeats what it was sent: bytes of that which are no UTF-8 become U+FFFD.
std::string as_text(std::string bytes) {
    if (base::is_valid_utf8(bytes)) return bytes;
    std::string text;
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const std::size_t length = base::utf8_front(rest);
        text += length == 0 ? std::string_view("\uFFFD") : rest.substr(0, length);
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

std::string challenge_of(const rest::Failure& failure) {
    if (failure.code != "PGRST301" && failure.code != "PGRST303") return "Bearer";
    return fmt::format("Bearer error=\"invalid_token\", error_description=\"{}\"", failure.message);
}

std::string range(std::int64_t first, std::int64_t count,
                  const std::optional<std::int64_t>& total) {
    const bool is_shown = count > 0 && total != 0;
    const std::string rows = is_shown ? fmt::format("{}-{}", first, first + count - 1) : "*";
    return rows + "/" + (total ? std::to_string(*total) : "*");
}

}  // namespace

unsigned status_of(const rest::Failure& failure, rest::Role role) {
    const std::string_view code = failure.code;
    const std::string_view message = failure.message;
    if (code.starts_with("PGRST")) return find_status(postgrest_rows, code);
    if (const auto status = parse_own_status(code)) return *status;
    if (code == "42501") return role == rest::Role::anon ? 401 : 403;
    if (code == "21000") return message.ends_with("requires a WHERE clause") ? 400 : 500;
    if (code == "22023" && message.starts_with("role") && message.ends_with("does not exist")) {
        return 401;
    }
    return find_status(sqlstate_rows, code);
}

net::Response refusal_of(const rest::Failure& failure, rest::Role role, std::string_view method) {
    net::Response response;
    response.status = status_of(failure, role);
    response.headers.push_back({"Proxy-Status", "PostgREST; error=" + failure.code});
    if (response.status == 401) {
        response.headers.push_back({"WWW-Authenticate", challenge_of(failure)});
    }
    if (method == "HEAD") {
        response.content_type.clear();
        return response;
    }
    // In the order in which PostgREST writes them.
    response.body = as_text(json::serialize(json::object{{"code", failure.code},
                                                         {"details", failure.details},
                                                         {"hint", failure.hint},
                                                         {"message", failure.message}}));
    return response;
}

std::string content_range_of(const Page& page) {
    return range(page.offset, page.count, page.total);
}

rest::Result<unsigned> read_status_of(const Page& page) {
    if (!page.total) return 200;
    if (page.offset > *page.total) {
        return rest::fail(
            "PGRST103", "Requested range not satisfiable",
            json::value(fmt::format("An offset of {} was requested, but there are only {} rows.",
                                    page.offset, *page.total)));
    }
    return page.count < *page.total ? 206 : 200;
}

rest::Result<void> require_single(std::int64_t row_count) {
    if (row_count == 1) return {};
    return rest::fail("PGRST116", "Cannot coerce the result to a single JSON object",
                      json::value(fmt::format("The result contains {} rows", row_count)));
}

unsigned write_status_of(Outcome outcome, bool with_body) {
    switch (outcome) {  // no default: the compiler names an outcome without a status
        case Outcome::inserted: return 201;
        case Outcome::merged: return 200;
        case Outcome::updated:
        case Outcome::removed:
        case Outcome::put_updated: return with_body ? 200 : 204;
        case Outcome::put_inserted: return with_body ? 201 : 204;
    }
    std::unreachable();
}

std::string write_range_of(Outcome outcome, std::int64_t row_count, bool with_count) {
    const bool is_put = outcome == Outcome::put_inserted || outcome == Outcome::put_updated;
    if (is_put) return {};
    const std::optional total = with_count ? std::optional(row_count) : std::nullopt;
    return range(0, outcome == Outcome::updated ? row_count : 0, total);
}

}  // namespace muster::api
