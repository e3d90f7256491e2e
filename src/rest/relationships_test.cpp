// Which relationship an embed means, on a catalog with every shape.
// SPDX-License-Identifier: Apache-2.0
#include "rest/relationships.hpp"

#include <gtest/gtest.h>

namespace muster::rest {
namespace {

Relation table(std::string name, std::vector<std::string> columns,
               std::vector<std::string> primary_key) {
    Relation relation;
    relation.name = std::move(name);
    for (std::string& column : columns) relation.columns.push_back({std::move(column)});
    relation.primary_key = Key{relation.name + "_pkey", std::move(primary_key)};
    return relation;
}

void refer(Relation& relation, const std::string& column, const std::string& target) {
    relation.foreign_keys.push_back(
        {relation.name + "_" + column + "_fkey", {column}, target, {"id"}});
}

/// Devices have an organisation, an owner and a keeper; groups and devices meet in memberships;
/// a badge belongs to one device; a folder has a parent.
Catalog make_catalog() {
    Relation organizations = table("organizations", {"id"}, {"id"});
    Relation people = table("people", {"id"}, {"id"});
    Relation devices = table("devices", {"id", "organization_id", "owner_id", "keeper_id"}, {"id"});
    refer(devices, "organization_id", "organizations");
    refer(devices, "owner_id", "people");
    refer(devices, "keeper_id", "people");
    Relation badges = table("badges", {"id", "device_id"}, {"id"});
    badges.uniques.push_back({"badges_device_id_key", {"device_id"}});
    refer(badges, "device_id", "devices");
    Relation groups = table("groups", {"id"}, {"id"});
    Relation memberships =
        table("memberships", {"group_id", "device_id"}, {"group_id", "device_id"});
    refer(memberships, "group_id", "groups");
    refer(memberships, "device_id", "devices");
    Relation folders = table("folders", {"id", "parent_id"}, {"id"});
    refer(folders, "parent_id", "folders");
    return Catalog({organizations, people, devices, badges, groups, memberships, folders});
}

std::string outcome(const Catalog& catalog, std::string_view origin, std::string_view target,
                    std::string_view hint) {
    const auto found = find_relationship(catalog, *catalog.find(origin), target, hint);
    if (!found) return found.error().code;
    const std::string shape = found->to_one() ? "one " : "many ";
    return shape + found->target->name + " by " + found->key->name;
}

struct Row {
    std::string_view name, origin, target, hint, outcome;
};

constexpr Row rows[] = {
    {"parent by its name", "devices", "organizations", "",
     "one organizations by devices_organization_id_fkey"},
    {"children by their name", "organizations", "devices", "",
     "many devices by devices_organization_id_fkey"},
    {"parent by the column", "devices", "owner_id", "", "one people by devices_owner_id_fkey"},
    {"parent by the constraint", "devices", "devices_owner_id_fkey", "",
     "one people by devices_owner_id_fkey"},
    {"two ways to people", "devices", "people", "", "PGRST201"},
    {"hint: the constraint", "devices", "people", "devices_keeper_id_fkey",
     "one people by devices_keeper_id_fkey"},
    {"hint: the column", "devices", "people", "keeper_id", "one people by devices_keeper_id_fkey"},
    {"hint from the other side", "people", "devices", "owner_id",
     "many devices by devices_owner_id_fkey"},
    {"a hint that fits neither", "devices", "people", "name", "PGRST200"},
    {"one to one, from the parent", "devices", "badges", "", "one badges by badges_device_id_fkey"},
    {"one to one, from the child", "badges", "devices", "", "one devices by badges_device_id_fkey"},
    {"many to many", "devices", "groups", "", "many groups by memberships_device_id_fkey"},
    {"many to many by the junction", "groups", "devices", "memberships",
     "many devices by memberships_group_id_fkey"},
    {"itself by name: the children", "folders", "folders", "",
     "many folders by folders_parent_id_fkey"},
    {"itself by column: the parent", "folders", "parent_id", "",
     "one folders by folders_parent_id_fkey"},
    {"nothing between them", "badges", "people", "", "PGRST200"},
    {"no such relation", "devices", "planets", "", "PGRST200"},
    {"a column of the target is not one of the origin", "people", "owner_id", "", "PGRST200"},
};

TEST(RestRelationships, Found) {
    const Catalog catalog = make_catalog();
    for (const Row& row : rows) {
        EXPECT_EQ(outcome(catalog, row.origin, row.target, row.hint), row.outcome) << row.name;
    }
}

TEST(RestRelationships, WordsOfRefusals) {
    const Catalog catalog = make_catalog();
    const auto none = find_relationship(catalog, *catalog.find("devices"), "planets", "x");
    EXPECT_EQ(none.error().message,
              "Could not find a relationship between 'devices' and 'planets' in the schema cache");
    EXPECT_EQ(none.error().details.as_string(),
              "Searched for a foreign key relationship between 'devices' and 'planets' using the "
              "hint 'x' in the schema 'public', but no matches were found.");
    const auto both = find_relationship(catalog, *catalog.find("devices"), "people", "");
    EXPECT_EQ(both.error().message,
              "Could not embed because more than one relationship was found for 'devices' and "
              "'people'");
    const auto& details = both.error().details.as_array();
    ASSERT_EQ(details.size(), 2U);
    EXPECT_EQ(details.at(1).at("cardinality").as_string(), "many-to-one");
    EXPECT_EQ(details.at(1).at("embedding").as_string(), "devices with people");
    EXPECT_EQ(details.at(1).at("relationship").as_string(),
              "devices_keeper_id_fkey using devices(keeper_id) and people(id)");
    EXPECT_EQ(both.error().hint.as_string(),
              "Try changing 'people' to one of the following: 'people!devices_owner_id_fkey', "
              "'people!devices_keeper_id_fkey'. Find the desired relationship in the 'details' "
              "key.");
}

}  // namespace
}  // namespace muster::rest
