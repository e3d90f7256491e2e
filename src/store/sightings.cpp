// Rows travel as one JSON array of arrays: a statement for each of 10,000 devices would cost more
// than what it writes.
// SPDX-License-Identifier: Apache-2.0
#include "store/sightings.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "store/dialect.hpp"

namespace muster::store {

namespace {

namespace json = boost::json;
using core::Device;

constexpr std::string_view moment = "timestamp with time zone";

json::value or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::value or_null(const std::optional<core::Timestamp>& at) {
    return at ? json::value(core::to_text(*at)) : json::value(nullptr);
}

/// In the order of update_devices().
json::array row_of(const Sighting& sighting) {
    const Device& was = sighting.before.device;
    const Device& is = sighting.after.device;
    return {was.id,
            core::to_text(was.status),
            or_null(was.enrollment_token),
            or_null(was.fingerprint),
            or_null(is.last_seen),
            or_null(is.tailscale_hostname),
            or_null(is.tailscale_device_id),
            or_null(is.tailscale_ip),
            json::serialize(is.metadata)};
}

/// A CASE hides the other columns from the planner: SQLite would look rows up by their tokens,
/// which most devices have none of, instead of by their ids.
std::string update_devices(const Dialect& dialect) {
    const auto part = [&](int number, std::string_view type) {
        return dialect.key_part(number, type);
    };
    return fmt::format(
        "UPDATE devices SET last_seen = {}, tailscale_hostname = {}, tailscale_device_id = {}, "
        "tailscale_ip = {}, metadata = {} FROM {} "
        "WHERE devices.id = {} AND CASE WHEN devices.status = {} THEN "
        "enrollment_token IS NOT DISTINCT FROM {} AND fingerprint IS NOT DISTINCT FROM {} "
        "ELSE false END RETURNING devices.id",
        part(4, moment), part(5, "text"), part(6, "text"), part(7, "text"), part(8, "jsonb"),
        dialect.keys_from("$1"), part(0, "uuid"), part(1, "text"), part(2, "text"),
        part(3, "text"));
}

/// SQLite reads the ON of ON CONFLICT as a join's where no WHERE stands before it.
std::string upsert_evidence(const Dialect& dialect) {
    const auto part = [&](int number, std::string_view type) {
        return dialect.key_part(number, type);
    };
    return fmt::format(
        "INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source) "
        "SELECT {}, {}, {}, {}, {} FROM {} WHERE true "
        "ON CONFLICT (device_id, kind) DO UPDATE SET provenance = excluded.provenance, "
        "observed_at = excluded.observed_at, source = excluded.source",
        part(0, "uuid"), part(1, "text"), part(2, "text"), part(3, moment), part(4, "text"),
        dialect.keys_from("$1"));
}

bool is_as_before(const core::TrustRecord& before, const core::Evidence& evidence) {
    const core::Evidence* const was = core::find_evidence(before, evidence.kind);
    return was && was->observed_at == evidence.observed_at && was->source == evidence.source;
}

void add_evidence(json::array& rows, const Sighting& sighting) {
    for (const core::Evidence& evidence : sighting.after.trust.evidence) {
        if (is_as_before(sighting.before.trust, evidence)) continue;
        rows.push_back(json::array{sighting.before.device.id, core::to_text(evidence.kind),
                                   core::to_text(evidence.provenance),
                                   core::to_text(evidence.observed_at), evidence.source});
    }
}

bool keeps_evidence(const core::TrustRecord& before, const core::TrustRecord& after) {
    return std::ranges::all_of(before.evidence, [&](const core::Evidence& evidence) {
        return core::find_evidence(after, evidence.kind) != nullptr;
    });
}

bool is_same_pin(const core::TrustRecord& before, const core::TrustRecord& after) {
    if (!before.pin || !after.pin) return !before.pin && !after.pin;
    return before.pin->pinned_at == after.pin->pinned_at;
}

}  // namespace

bool is_mere_sighting(const Sighting& sighting) {
    const Device& was = sighting.before.device;
    const Device& is = sighting.after.device;
    return was.status == is.status && was.trust_level == is.trust_level &&
           was.enrolled_at == is.enrolled_at && was.enrollment_token == is.enrollment_token &&
           was.enrollment_expires_at == is.enrollment_expires_at &&
           was.tailscale_auth_key == is.tailscale_auth_key &&
           is_same_pin(sighting.before.trust, sighting.after.trust) &&
           keeps_evidence(sighting.before.trust, sighting.after.trust);
}

std::int64_t save_sightings(Transaction& transaction, std::span<const Sighting> sightings) {
    if (sightings.empty()) return 0;
    json::array rows, evidence;
    for (const Sighting& sighting : sightings) rows.push_back(row_of(sighting));
    std::unordered_set<std::string> saved;
    for (const Row& row :
         transaction.all(update_devices(transaction.dialect()), json::serialize(rows))) {
        saved.insert(row.text(0));
    }
    for (const Sighting& sighting : sightings) {
        if (saved.contains(sighting.before.device.id)) add_evidence(evidence, sighting);
    }
    if (!evidence.empty()) {
        transaction.enqueue(upsert_evidence(transaction.dialect()), json::serialize(evidence));
    }
    return static_cast<std::int64_t>(saved.size());
}

}  // namespace muster::store
