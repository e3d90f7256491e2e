// The token as text, link, command and QR code.
// SPDX-License-Identifier: Apache-2.0
#include "cli/token_output.hpp"

#include <filesystem>
#include <ostream>

#include <boost/json.hpp>

#include "agent/private_file.hpp"
#include "base/encoding.hpp"
#include "cli/age.hpp"
#include "cli/json_fields.hpp"
#include "cli/qr_code.hpp"

namespace muster::cli {
namespace {

void print_for_people(const Context& context, const std::string& url,
                      const boost::json::object& answer, const std::string& link) {
    std::ostream& out = context.terminal.out;
    const std::string token = printable(text_of(answer, "enrollment_token"));
    const std::string expires_at = text_of(answer, "expires_at");
    out << "Device   " << printable(text_of(answer, "device_id")) << "\nToken    " << token
        << "\nExpires  " << printable(age_of(expires_at, context.terminal.clock.now())) << " ("
        << printable(expires_at) << ")\nLink     " << link
        << "\n\nOn the device:\n  muster enroll --url " << url << " --token " << token
        << "\n\nThe token is shown only now, and works once.\n";
}

}  // namespace

Outcome<void> show_token(const Context& context, const std::string& url, boost::json::object answer,
                         const std::string& svg_file) {
    const std::string link =
        url + "/enroll?token=" + base::encode_form(text_of(answer, "enrollment_token"));
    if (!svg_file.empty()) {
        const auto svg = qr_svg(link);
        if (!svg) return refuse("the link is too long for a QR code");
        agent::write_private_file(std::filesystem::absolute(svg_file), *svg);
    }
    if (context.common.is_json) {
        answer["link"] = link;
        print_json(context, answer);
        return {};
    }
    print_for_people(context, url, answer, link);
    if (!svg_file.empty())
        context.terminal.out << "The QR code is in " << svg_file << ".\n";
    else if (const auto code = qr_text(link, is_colored(context)))
        context.terminal.out << '\n' << *code;
    return {};
}

}  // namespace muster::cli
