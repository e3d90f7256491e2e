// Requests to /rest/v1: those of the other differential test, kept instead of undone.
// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "twins/script.hpp"

namespace muster::twins {

namespace {

/// A deletion or update of everything would soon leave nothing to ask for.
bool is_sweeping(const differential::Call& call) {
    if (call.method != "DELETE" && call.method != "PATCH") return false;
    return call.target.find('=') == std::string::npos || call.target.contains("?select=") ||
           call.target.contains("?columns=");
}

/// Filters or sorts by a sealed column. PostgreSQL has no key to look into what is sealed, so the
/// service key, which may look, finds nothing there (docs/decisions/0016-table-api.md). Others see
/// null on both.
bool looks_into_seals(const differential::Call& call) {
    constexpr std::string_view sealed = "tailscale_auth_key";
    for (auto at = call.target.find(sealed); at != std::string::npos;
         at = call.target.find(sealed, at + 1)) {
        const std::string_view rest = std::string_view(call.target).substr(at + sealed.size());
        if (rest.starts_with('=') || rest.starts_with('.')) return true;
        const auto order = call.target.rfind("order=", at);
        if (order != std::string::npos && call.target.find('&', order) > at) return true;
    }
    return false;
}

/// Deletes more than one organization at once. A global_admin's own may be among them: SQLite's
/// cascade takes its profile with the row, and the guard refuses the next one; PostgreSQL's comes
/// when all rows are gone.
bool deletes_organizations(const differential::Call& call) {
    return call.method == "DELETE" && call.target.starts_with("/rest/v1/organizations") &&
           !call.target.contains("?id=eq.") && !call.target.contains("&id=eq.");
}

}  // namespace

void Script::make_table_request(Step& step) {
    differential::Request request = m_requests.make();
    const auto is_service = [this](const differential::Call& call) {
        return m_first.people().at(call.asker).kind == differential::Asker::Kind::service;
    };
    while ((is_sweeping(request.call) && m_dice.chance(97)) ||
           (is_service(request.call) && looks_into_seals(request.call)) ||
           deletes_organizations(request.call)) {
        request = m_requests.make();
    }
    const differential::Asker& asker = m_first.people().at(request.call.asker);
    step.method = request.call.method;
    step.target = request.call.target;
    step.headers = request.call.headers;
    step.body = request.call.body;
    std::string bearer = asker.token;
    if (m_dice.chance(10) && !looks_into_seals(request.call)) bearer = someone();
    add_credentials(step, bearer);
}

}  // namespace muster::twins
