// Boost's event parser, since its values would squeeze numbers into 64 bits.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/canonical_json.hpp"

#include <charconv>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

namespace muster::store::transfer {

namespace {

namespace json = boost::json;

/// PostgreSQL's own limit is its stack's: some thousands.
constexpr std::size_t depth_max = 10'000;

void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

struct Frame {
    std::vector<std::pair<std::string, std::string>> members;  ///< an array's have no names
    std::string name;                                          ///< of the member to come
};

/// The parser's handler: what is finished is text.
class Writer {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using Error = boost::system::error_code;

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return open(); }
    bool on_object_end(std::size_t, Error&) { return close_object(); }
    bool on_array_begin(Error&) { return open(); }
    bool on_array_end(std::size_t, Error&) { return close_array(); }
    bool on_key_part(std::string_view part, std::size_t, Error&) { return gather(part); }
    bool on_key(std::string_view part, std::size_t, Error&) {
        gather(part);
        m_frames.back().name = std::exchange(m_part, {});
        return true;
    }
    bool on_string_part(std::string_view part, std::size_t, Error&) { return gather(part); }
    bool on_string(std::string_view part, std::size_t, Error&) {
        gather(part);
        std::string text;
        append_string(text, std::exchange(m_part, {}));
        return take(std::move(text));
    }
    bool on_number_part(std::string_view part, Error&) { return gather(part); }
    bool on_int64(std::int64_t, std::string_view part, Error&) { return number(part); }
    bool on_uint64(std::uint64_t, std::string_view part, Error&) { return number(part); }
    bool on_double(double, std::string_view part, Error&) { return number(part); }
    bool on_bool(bool value, Error&) { return take(value ? "true" : "false"); }
    bool on_null(Error&) { return take("null"); }
    bool on_comment_part(std::string_view, Error&) { return true; }
    bool on_comment(std::string_view, Error&) { return true; }

    std::string result;

private:
    bool open() {
        m_frames.emplace_back();
        return true;
    }
    bool gather(std::string_view part) {
        m_part += part;
        return true;
    }
    bool number(std::string_view part) {
        gather(part);
        return take(canonical_number(std::exchange(m_part, {})));
    }
    bool take(std::string text) {
        if (m_frames.empty()) {
            result = std::move(text);
        } else {
            Frame& frame = m_frames.back();
            frame.members.emplace_back(std::move(frame.name), std::move(text));
            frame.name.clear();
        }
        return true;
    }
    bool close_array() {
        std::string text = "[";
        for (const auto& [name, value] : m_frames.back().members) {
            if (text.size() > 1) text += ',';
            text += value;
        }
        m_frames.pop_back();
        return take(text + "]");
    }
    bool close_object() {
        std::map<std::string, std::string> members;
        for (auto& [name, value] : m_frames.back().members) {
            members.insert_or_assign(std::move(name), std::move(value));
        }
        std::string text = "{";
        for (const auto& [name, value] : members) {
            if (text.size() > 1) text += ',';
            append_string(text, name);
            text += ':';
            text += value;
        }
        m_frames.pop_back();
        return take(text + "}");
    }

    std::vector<Frame> m_frames;
    std::string m_part;
};

}  // namespace

std::optional<std::string> canonical_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<Writer> parser(options);
    boost::system::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (error || read != text.size()) return std::nullopt;
    return std::move(parser.handler().result);
}

std::string canonical_number(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    const std::string_view body = text.substr(is_negative ? 1 : 0);
    const auto e = body.find_first_of("eE");
    const std::string_view mantissa = body.substr(0, e);
    std::int64_t exponent = 0;
    if (e != std::string_view::npos) {
        std::string_view power = body.substr(e + 1);
        if (power.starts_with('+')) power.remove_prefix(1);
        std::from_chars(power.data(), power.data() + power.size(), exponent);
    }
    const auto point = mantissa.find('.');
    std::string digits(mantissa.substr(0, point));
    if (point != std::string_view::npos) {
        const std::string_view fraction = mantissa.substr(point + 1);
        digits += fraction;
        exponent -= static_cast<std::int64_t>(fraction.size());
    }
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
        return std::string(text);
    }
    digits.erase(0, digits.find_first_not_of('0'));
    if (digits.empty()) return "0";
    const std::size_t kept = digits.find_last_not_of('0') + 1;
    exponent += static_cast<std::int64_t>(digits.size() - kept);
    digits.resize(kept);
    return fmt::format("{}{}{}", is_negative ? "-" : "", digits,
                       exponent == 0 ? std::string() : fmt::format("e{}", exponent));
}

}  // namespace muster::store::transfer
