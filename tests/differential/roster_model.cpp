// The contract's tables, column for column.
// SPDX-License-Identifier: Apache-2.0
#include "differential/roster_model.hpp"

#include <algorithm>

namespace muster::differential {

namespace {

const std::vector<Link>& all_links() {
    constexpr auto device = "device_events_device_id_fkey";
    constexpr auto devices = "devices_organization_id_fkey";
    constexpr auto profiles = "profiles_organization_id_fkey";
    constexpr auto configs = "organization_tailscale_config_organization_id_fkey";
    constexpr auto audit = "audit_logs_organization_id_fkey";
    constexpr auto actor = "audit_logs_user_id_fkey";
    constexpr auto config = "organization_tailscale_config";
    static const std::vector<Link> links = {
        {"devices", "organizations", true, "organization_id", "id", devices},
        {"organizations", "devices", false, "id", "organization_id", devices},
        {"profiles", "organizations", true, "organization_id", "id", profiles},
        {"organizations", "profiles", false, "id", "organization_id", profiles},
        {"device_events", "devices", true, "device_id", "id", device},
        {"devices", "device_events", false, "id", "device_id", device},
        {config, "organizations", true, "organization_id", "id", configs},
        {"organizations", config, false, "id", "organization_id", configs},
        {"audit_logs", "organizations", true, "organization_id", "id", audit},
        {"organizations", "audit_logs", false, "id", "organization_id", audit},
        {"audit_logs", "profiles", true, "user_id", "id", actor},
        {"profiles", "audit_logs", false, "id", "user_id", actor},
    };
    return links;
}

Table devices() {
    return {"devices",
            {{"id", Kind::uuid},
             {"user_id", Kind::uuid},
             {"organization_id", Kind::uuid, true},
             {"name"},
             {"device_type"},
             {"os", Kind::text, true},
             {"fingerprint", Kind::text, true},
             {"enrollment_token", Kind::text, true, Secret::digest},
             {"enrolled_at", Kind::time, true},
             {"last_seen", Kind::time, true},
             {"location", Kind::text, true},
             {"status"},
             {"trust_level"},
             {"tailscale_auth_key", Kind::text, true, Secret::sealed},
             {"tailscale_hostname", Kind::text, true},
             {"tailscale_device_id", Kind::text, true},
             {"tailscale_ip", Kind::text, true},
             {"enrollment_expires_at", Kind::time, true},
             {"metadata", Kind::json, true},
             {"created_at", Kind::time}}};
}

std::vector<Table> make_tables() {
    return {
        devices(),
        {"device_events",
         {{"id", Kind::uuid},
          {"device_id", Kind::uuid},
          {"event_type"},
          {"details", Kind::json, true},
          {"ip_address", Kind::text, true},
          {"created_at", Kind::time}}},
        {"organizations",
         {{"id", Kind::uuid},
          {"name"},
          {"logo_url", Kind::text, true},
          {"created_at", Kind::time}}},
        {"profiles",
         {{"id", Kind::uuid},
          {"organization_id", Kind::uuid, true},
          {"full_name"},
          {"role"},
          {"created_at", Kind::time}}},
        {"user_roles",
         {{"id", Kind::uuid}, {"user_id", Kind::uuid}, {"role"}, {"created_at", Kind::time}}},
        {"organization_tailscale_config",
         {{"id", Kind::uuid},
          {"organization_id", Kind::uuid},
          {"tailscale_auth_key", Kind::text, false, Secret::sealed},
          {"tags", Kind::texts, true},
          {"description", Kind::text, true},
          {"is_active", Kind::boolean, true},
          {"created_at", Kind::time},
          {"expires_at", Kind::time, true},
          {"created_by", Kind::uuid, true}}},
        {"audit_logs",
         {{"id", Kind::uuid},
          {"organization_id", Kind::uuid, true},
          {"user_id", Kind::uuid, true},
          {"event"},
          {"details", Kind::json, true},
          {"created_at", Kind::time}}},
    };
}

}  // namespace

const Column* Table::find(std::string_view wanted) const {
    const auto found = std::ranges::find(columns, wanted, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

const std::vector<Table>& exposed_tables() {
    static const std::vector<Table> tables = make_tables();
    return tables;
}

const Table* find_table(std::string_view name) {
    const auto found = std::ranges::find(exposed_tables(), name, &Table::name);
    return found == exposed_tables().end() ? nullptr : &*found;
}

std::vector<Link> links_from(std::string_view table) {
    std::vector<Link> links;
    std::ranges::copy_if(all_links(), std::back_inserter(links),
                         [&](const Link& link) { return link.from == table; });
    return links;
}

const Rows& World::rows(std::string_view table) const {
    static const Rows none;
    const auto found = tables.find(table);
    return found == tables.end() ? none : found->second;
}

const Row* World::find(std::string_view table, std::string_view column,
                       const json::value& value) const {
    if (value.is_null()) return nullptr;
    const auto found = std::ranges::find_if(
        rows(table), [&](const Row& row) { return cell(row, column) == value; });
    return found == rows(table).end() ? nullptr : &*found;
}

const json::value& cell(const Row& row, std::string_view column) {
    static const json::value null;
    const json::value* const found = row.if_contains(column);
    return found ? *found : null;
}

std::string text_of(const Row& row, std::string_view column) {
    const json::value& value = cell(row, column);
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

}  // namespace muster::differential
