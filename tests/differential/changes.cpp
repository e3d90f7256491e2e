// Two copies of the database, before and after a write: every difference needs a right, or must
// follow from one that had it.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <boost/json/serialize.hpp>

#include "differential/rights.hpp"

namespace muster::differential {

namespace {

struct Changes {
    Rows added;
    Rows removed;
    std::vector<std::pair<Row, Row>> changed;
};

std::string key_of(const Row& row) {
    const json::value* const number = row.if_contains(row_number);
    return number ? json::serialize(*number) : json::serialize(row);
}

/// Rows are the same by their number in SQLite; where there is none, by all that they say.
Changes compare(const Rows& before, const Rows& after) {
    std::map<std::string, const Row*> left;
    Changes changes;
    for (const Row& row : before) left.emplace(key_of(row), &row);
    for (const Row& row : after) {
        const auto old = left.find(key_of(row));
        if (old == left.end()) {
            changes.added.push_back(row);
            continue;
        }
        if (*old->second != row) changes.changed.emplace_back(*old->second, row);
        left.erase(old);
    }
    for (const auto& [key, row] : left) changes.removed.push_back(*row);
    return changes;
}

/// What the system writes of its own when a row is changed; the row that it is about is named in
/// device_id, or in the entry's details.
constexpr std::array written_by_system = {
    "device_events", "device_events_archive", "audit_logs",          "network_jobs",
    "trust_pins",    "trust_evidence",        "network_memberships", "spent_tokens",
};

class Judge {
public:
    Judge(const World& before, const World& after, const Asker& asker, std::string_view table)
        : m_before(before), m_after(after), m_asker(asker), m_table(table) {}

    std::vector<std::string> judge() {
        std::map<std::string, Changes> all;
        for (const auto& [name, rows] : m_before.tables) {
            if (name != "user_roles" && rows != m_after.rows(name)) {
                all.emplace(name, compare(rows, m_after.rows(name)));
            }
        }
        note_choosable();
        for (const auto& [name, changes] : all) note_touched(name, changes);
        for (const auto& [name, changes] : all) {
            for (const Row& row : changes.added) judge_added(name, row);
            for (const auto& [old, now] : changes.changed) judge_changed(name, old, now);
            for (const Row& row : changes.removed) judge_removed(name, row);
        }
        return std::move(m_faults);
    }

private:
    void blame(const std::string& what, const std::string& table, const Row& row) {
        m_faults.push_back(what + " in " + table + ": " + json::serialize(row));
    }

    /// A change to what is there already leaves its entry in the log, too.
    void note_choosable() {
        for (const Row& row : m_before.rows(m_table)) {
            if (may_choose(m_before, m_asker, m_table, row)) m_touched.insert(text_of(row, "id"));
        }
    }

    /// The rows that the request is about, and the devices that go with their organisation.
    void note_touched(const std::string& table, const Changes& changes) {
        if (table != m_table && table != "devices") return;
        for (const Row& row : changes.removed) m_touched.insert(text_of(row, "id"));
        if (table != m_table) return;
        for (const Row& row : changes.added) m_touched.insert(text_of(row, "id"));
        for (const auto& [old, now] : changes.changed) {
            m_touched.insert(text_of(old, "id"));
            m_touched.insert(text_of(now, "id"));
        }
    }

    bool is_gone(std::string_view table, const json::value& id) const {
        return m_before.find(table, "id", id) && !m_after.find(table, "id", id);
    }

    bool is_about_touched(const std::string& table, const Row& row) const {
        const bool of_system =
            std::ranges::find(written_by_system, table) != std::end(written_by_system);
        if (!of_system || m_touched.empty()) return false;
        if (table != "audit_logs") return m_touched.contains(text_of(row, "device_id"));
        const json::object* const details = cell(row, "details").if_object();
        return details && std::ranges::any_of(*details, [&](const auto& member) {
                   const json::string* const text = member.value().if_string();
                   return text && m_touched.contains(std::string(*text));
               });
    }

    void judge_added(const std::string& table, const Row& row) {
        if (table == m_table && may_insert(m_before, m_asker, table, row)) return;
        if (!is_about_touched(table, row)) blame("added without a right", table, row);
    }

    void judge_changed(const std::string& table, const Row& old, const Row& now) {
        if (table == m_table && may_update(m_before, m_asker, table, old, now)) return;
        if (table == "audit_logs" && loses_parents(old, now)) return;
        const bool history =
            table == "device_events" || table == "audit_logs" || table == "device_events_archive";
        if (!history && is_about_touched(table, old)) return;
        blame("changed without a right", table, old);
        blame("... to", table, now);
    }

    /// audit_logs outlive their organisation and their person.
    bool loses_parents(const Row& old, Row now) const {
        const std::pair<const char*, const char*> parents[] = {{"organization_id", "organizations"},
                                                               {"user_id", "profiles"}};
        for (const auto& [column, parent] : parents) {
            if (cell(now, column).is_null() && is_gone(parent, cell(old, column))) {
                now[column] = cell(old, column);
            }
        }
        return old == now;
    }

    void judge_removed(const std::string& table, const Row& row) {
        if (table == "devices") require_history(row);
        if (table == m_table && may_delete(m_before, m_asker, table, row)) return;
        const bool history = table == "audit_logs" || table == "device_events_archive";
        const bool device_gone = is_gone("devices", cell(row, "device_id"));
        const bool organization_gone = is_gone("organizations", cell(row, "organization_id"));
        if (!history && (device_gone || organization_gone)) return;
        const bool kept_by_system = history || table == "device_events";
        if (!kept_by_system && is_about_touched(table, row)) return;
        blame("deleted without a right", table, row);
    }

    void require_history(const Row& device) {
        const auto count = [&](const World& world, std::string_view table) {
            return std::ranges::count_if(world.rows(table), [&](const Row& row) {
                return cell(row, "device_id") == cell(device, "id");
            });
        };
        const auto wanted = count(m_before, "device_events") + 1;
        const auto found =
            count(m_after, "device_events_archive") - count(m_before, "device_events_archive");
        if (found != wanted) blame("deleted without its history", "devices", device);
    }

    const World& m_before;
    const World& m_after;
    const Asker& m_asker;
    std::string m_table;
    std::set<std::string> m_touched;
    std::vector<std::string> m_faults;
};

}  // namespace

std::vector<std::string> judge_changes(const World& before, const World& after, const Asker& asker,
                                       std::string_view table) {
    return Judge(before, after, asker, table).judge();
}

}  // namespace muster::differential
