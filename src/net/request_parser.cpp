// The request parser: finds the end of the head, has Beast parse it, collects the body.
// SPDX-License-Identifier: Apache-2.0
#include "net/request_parser.hpp"

#include <limits>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "net/header_text.hpp"

namespace muster::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

/// Memory beyond this is given back after a request, so that one large body isn't kept for ever.
constexpr std::size_t kept_bytes_max = 64 * 1024;

std::string_view to_std(string_view text) {
    return {text.data(), text.size()};
}

/// What Beast's parser reports, and the checks that it doesn't make.
struct Parts {
    Request request;
    std::string body;
    unsigned host_count = 0;
    bool has_content_length = false;
    bool is_http_1_0 = false;
    bool is_head_done = false;
    bool awaits_continue = false;
    bool has_transfer_encoding = false;

    bool take_target(std::string_view target);
    bool take_field(http::field field, std::string_view name, std::string_view value);
    bool is_head_valid() const {
        if (is_http_1_0) return !has_transfer_encoding && host_count <= 1;
        return host_count == 1;
    }
};

bool Parts::take_target(std::string_view target) {
    const auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
    if (!std::ranges::all_of(target, printable)) return false;
    if (target == "*" && request.method == "OPTIONS") {
        request.path = target;
        return true;
    }
    if (!target.starts_with('/')) {
        const auto authority = target.find("://");
        if (authority == std::string_view::npos) return false;
        const std::string_view scheme = target.substr(0, authority);
        if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
            return false;
        }
        const auto path = target.find('/', authority + 3);
        target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
    request.path = target.substr(0, target.find('?'));
    request.query = target.substr(std::min(target.size(), request.path.size() + 1));
    return true;
}

bool Parts::take_field(http::field field, std::string_view name, std::string_view value) {
    switch (field) {
        case http::field::host: ++host_count; break;
        case http::field::content_length: {
            // Lists and repetitions of equal numbers are allowed by the grammar, and read
            // differently by different servers.
            const auto digit = [](char c) { return c >= '0' && c <= '9'; };
            if (has_content_length || !std::ranges::all_of(value, digit)) return false;
            has_content_length = true;
            break;
        }
        case http::field::transfer_encoding:
            // Beast takes an unknown coding for "no body".
            if (has_transfer_encoding || !equals_ignoring_case(value, "chunked")) return false;
            has_transfer_encoding = true;
            break;
        case http::field::expect:
            awaits_continue = !is_http_1_0 && equals_ignoring_case(value, "100-continue");
            break;
        default: break;
    }
    request.headers.push_back(HeaderView{name, value});
    return true;
}

class HeadParser final : public http::basic_parser<true> {
public:
    explicit HeadParser(Parts& parts) : m_parts(parts) {}

private:
    void on_request_impl(http::verb, string_view method, string_view target, int version,
                         error_code& error) override {
        m_parts.request.method = to_std(method);
        m_parts.is_http_1_0 = version == 10;
        if (!m_parts.take_target(to_std(target))) error = http::error::bad_target;
    }
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(http::field field, string_view name, string_view value,
                       error_code& error) override {
        if (m_parts.is_head_done) return;  // a trailer: checked by Beast, used by nobody
        if (!m_parts.take_field(field, to_std(name), to_std(value))) error = http::error::bad_value;
    }
    void on_header_impl(error_code& error) override {
        m_parts.is_head_done = true;
        if (!m_parts.is_head_valid()) error = http::error::bad_field;
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view bytes, error_code&) override {
        m_parts.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
        m_parts.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(error_code&) override {}

    Parts& m_parts;
};

}  // namespace

class RequestParser::Impl {
public:
    Impl(std::size_t header_bytes_max, std::size_t body_bytes_max)
        : m_header_bytes_max(header_bytes_max), m_body_bytes_max(body_bytes_max) {}

    void reset() {
        Request& request = m_parts.request;
        request.method = request.path = request.query = request.body = {};
        request.headers.clear();
        request.client_address.clear();
        request.request_id.clear();
        if (m_parts.body.capacity() > kept_bytes_max) std::string().swap(m_parts.body);
        m_parts.body.clear();
        m_parts.host_count = 0;
        m_parts.has_content_length = m_parts.has_transfer_encoding = false;
        m_parts.is_http_1_0 = m_parts.is_head_done = m_parts.awaits_continue = false;
        m_parser.emplace(m_parts);
        m_parser->header_limit(std::numeric_limits<std::uint32_t>::max());
        m_parser->body_limit(m_body_bytes_max);
        m_scanned = 0;
        m_stage = Stage::head;
    }

    std::size_t feed(std::string_view input) {
        switch (m_stage) {
            case Stage::head: return feed_head(input);
            case Stage::body: return feed_body(input);
            case Stage::complete:
            case Stage::refused: break;
        }
        return 0;
    }

    Parts m_parts;
    std::optional<HeadParser> m_parser;
    Stage m_stage = Stage::head;
    Refusal m_refusal = Refusal::malformed_request;

private:
    std::size_t feed_head(std::string_view input);
    std::size_t feed_body(std::string_view input);
    bool find_line_end(std::string_view input, std::size_t& line_end);
    void parse(std::string_view bytes, std::size_t& used);
    std::size_t refuse(Refusal refusal) {
        m_stage = Stage::refused;
        m_refusal = refusal;
        return 0;
    }

    std::size_t m_header_bytes_max;
    std::size_t m_body_bytes_max;
    std::string m_head;
    std::size_t m_scanned = 0;  ///< up to here the head was searched for its end
};

/// The next line's end at or after m_scanned; npos if it hasn't come yet. False: no valid line.
bool RequestParser::Impl::find_line_end(std::string_view input, std::size_t& line_end) {
    const bool at_line_start = m_scanned == 0 || input[m_scanned - 1] == '\n';
    if (at_line_start && m_scanned < input.size()) {
        const char first = input[m_scanned];
        const bool is_folded = first == ' ' || first == '\t';  // RFC 9112 section 5.2
        if (is_folded || (m_scanned == 0 && !is_token_character(first))) return false;
    }
    line_end = input.find('\n', m_scanned);
    if (line_end == std::string_view::npos) return true;
    return line_end > 0 && input[line_end - 1] == '\r';
}

std::size_t RequestParser::Impl::feed_head(std::string_view input) {
    // RFC 9112 section 2.2: an empty line before the request is skipped.
    if (m_scanned == 0 && (input == "\r" || input.starts_with("\r\n"))) {
        return input.size() == 1 ? 0 : 2;
    }
    for (;;) {
        std::size_t line_end = 0;
        if (!find_line_end(input, line_end)) return refuse(Refusal::malformed_request);
        if (line_end == std::string_view::npos) {
            m_scanned = input.size();
            if (m_scanned >= m_header_bytes_max) return refuse(Refusal::header_too_large);
            return 0;
        }
        const bool is_empty_line = line_end >= 3 && input[line_end - 2] == '\n';
        m_scanned = line_end + 1;
        if (is_empty_line) break;
    }
    if (m_scanned > m_header_bytes_max) return refuse(Refusal::header_too_large);
    // The connection's buffer moves while the body is read; the views must not.
    m_head.assign(input.substr(0, m_scanned));
    std::size_t used = 0;
    parse(m_head, used);
    if (m_stage != Stage::refused && used != m_head.size()) refuse(Refusal::malformed_request);
    return m_scanned;
}

std::size_t RequestParser::Impl::feed_body(std::string_view input) {
    // Beast 1.81 asserts that the last chunk is there with its empty line, which are five bytes; no
    // chunked body ends with fewer behind any point where the parser stops.
    constexpr std::size_t last_chunk_bytes = 5;
    if (m_parts.has_transfer_encoding && input.size() < last_chunk_bytes) return 0;
    std::size_t used = 0;
    parse(input, used);
    // A chunk's size line or the trailer that has no end.
    if (m_stage == Stage::body && input.size() - used >= m_header_bytes_max) {
        refuse(Refusal::malformed_request);
    }
    return used;
}

void RequestParser::Impl::parse(std::string_view bytes, std::size_t& used) {
    error_code error;
    used = m_parser->put(boost::asio::buffer(bytes), error);
    if (error == http::error::body_limit) {
        refuse(Refusal::body_too_large);
    } else if (error && (error != http::error::need_more || !m_parser->is_header_done())) {
        refuse(Refusal::malformed_request);
    } else if (m_parser->is_done()) {
        m_parts.request.body = m_parts.body;
        m_stage = Stage::complete;
    } else {
        m_parser->eager(true);
        m_stage = Stage::body;
    }
}

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : m_impl(std::make_unique<Impl>(header_bytes_max, body_bytes_max)) {
    reset();
}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    m_impl->reset();
}
std::size_t RequestParser::feed(std::string_view input) {
    return m_impl->feed(input);
}
RequestParser::Stage RequestParser::stage() const {
    return m_impl->m_stage;
}
Refusal RequestParser::refusal() const {
    return m_impl->m_refusal;
}
Request& RequestParser::request() {
    return m_impl->m_parts.request;
}
bool RequestParser::keeps_alive() const {
    return m_impl->m_parser->keep_alive();
}
bool RequestParser::awaits_continue() const {
    return m_impl->m_parts.awaits_continue;
}
bool RequestParser::is_http_1_0() const {
    return m_impl->m_parts.is_http_1_0;
}

}  // namespace muster::net
