// Headers, and two bodies in base64: no line is too long, and none looks like the end.
// SPDX-License-Identifier: Apache-2.0
#include "mail/message.hpp"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/encoding.hpp"

namespace muster::mail {

namespace {

constexpr std::size_t base64_line_length = 76;
/// Bytes of text in one encoded word, so that it stays below 76 characters (RFC 2047 section 2).
constexpr std::size_t encoded_word_bytes_max = 42;

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// RFC 2047; words are cut between code points.
std::string encoded_words(std::string_view text) {
    std::string words;
    while (!text.empty()) {
        std::size_t length = 0;
        while (length < text.size()) {
            const std::size_t next =
                std::max<std::size_t>(1, base::utf8_front(text.substr(length)));
            if (length + next > encoded_word_bytes_max) break;
            length += next;
        }
        if (!words.empty()) words += "\r\n ";
        words += "=?UTF-8?B?" + base::to_base64(base::bytes_of(text.substr(0, length))) + "?=";
        text.remove_prefix(length);
    }
    return words;
}

std::string header_text(std::string_view text) {
    return is_plain(text) ? std::string(text) : encoded_words(text);
}

std::string mailbox_text(const Mailbox& mailbox) {
    if (mailbox.name.empty()) return mailbox.address;
    std::string name;
    if (is_plain(mailbox.name)) {
        for (const char c : mailbox.name) {
            if (c == '"' || c == '\\') name += '\\';
            name += c;
        }
        name = '"' + name + '"';
    } else {
        name = encoded_words(mailbox.name);
    }
    return name + " <" + mailbox.address + '>';
}

std::string body_part(std::string_view type, std::string_view text) {
    const std::string encoded = base::to_base64(base::bytes_of(text));
    std::string part = fmt::format(
        "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
    for (std::size_t at = 0; at < encoded.size(); at += base64_line_length) {
        part += encoded.substr(at, base64_line_length) + "\r\n";
    }
    return part;
}

bool is_address(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           std::ranges::all_of(text, [](char c) {
               return c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"' && c != ',';
           });
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<Mailbox> Mailbox::parse(std::string_view text) {
    text = trimmed(text);
    if (is_address(text)) return Mailbox{{}, std::string(text)};
    const auto open = text.find('<');
    if (open == std::string_view::npos || !text.ends_with('>')) return std::nullopt;
    const std::string_view address = text.substr(open + 1, text.size() - open - 2);
    std::string_view name = trimmed(text.substr(0, open));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
        name = name.substr(1, name.size() - 2);
    }
    if (!is_address(address) || !base::is_valid_utf8(name) || base::has_control_characters(name)) {
        return std::nullopt;
    }
    return Mailbox{std::string(name), std::string(address)};
}

std::string to_message(const Mail& mail, const Mailbox& from,
                       std::chrono::sys_time<std::chrono::microseconds> at, std::string_view id) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const std::string domain = from.address.substr(from.address.find('@') + 1);
    std::string message;
    message += "From: " + mailbox_text(from) + "\r\n";
    message += "To: " + mail.to + "\r\n";
    message += "Subject: " + header_text(mail.subject) + "\r\n";
    message += fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n", seconds);
    message += fmt::format("Message-ID: <{}@{}>\r\n", id, domain);
    message += "Auto-Submitted: auto-generated\r\n";
    message += "MIME-Version: 1.0\r\n";
    message += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", id);
    message += fmt::format("--{}\r\n{}", id, body_part("text/plain", mail.text));
    message += fmt::format("--{}\r\n{}", id, body_part("text/html", mail.html));
    message += fmt::format("--{}--\r\n", id);
    return message;
}

}  // namespace muster::mail
