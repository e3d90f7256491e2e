// Requests to /rest/v1: those of the other differential test, kept instead of undone.
// SPDX-License-Identifier: Apache-2.0
#include "twins/script.hpp"

namespace muster::twins {

namespace {

/// A deletion or update of everything would soon leave nothing to ask for.
bool is_sweeping(const differential::Call& call) {
    if (call.method != "DELETE" && call.method != "PATCH") return false;
    return call.target.find('=') == std::string::npos || call.target.contains("?select=") ||
           call.target.contains("?columns=");
}

}  // namespace

void Script::make_table_request(Step& step) {
    differential::Request request = m_requests.make();
    while (is_sweeping(request.call) && m_dice.chance(97)) request = m_requests.make();
    const differential::Asker& asker = m_first.people().at(request.call.asker);
    step.method = request.call.method;
    step.target = request.call.target;
    step.headers = request.call.headers;
    step.body = request.call.body;
    std::string bearer = asker.token;
    if (m_dice.chance(10)) bearer = someone();
    add_credentials(step, bearer);
}

}  // namespace muster::twins
