// The document, from its leaves up: parameters, operations, paths.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/openapi.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "api/rest/definitions.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;

constexpr std::string_view produced[] = {
    "application/json",
    "application/vnd.pgrst.object+json;nulls=stripped",
    "application/vnd.pgrst.object+json",
    "text/csv",
};

json::array media_types() {
    json::array types;
    for (const std::string_view type : produced) types.emplace_back(type);
    return types;
}

json::object parameter(std::string_view name, std::string_view description, std::string_view in) {
    json::object made{{"name", name}, {"required", false}, {"in", in}, {"type", "string"}};
    if (!description.empty()) made["description"] = description;
    return made;
}

json::object prefer_parameter(json::array values) {
    json::object made = parameter("Prefer", "Preference", "header");
    if (!values.empty()) made["enum"] = std::move(values);
    return made;
}

std::string row_filter(const OpenTable& table, const rest::Column& column) {
    return fmt::format("rowFilter.{}.{}", table.relation->name, column.name);
}

std::string body_name(const OpenTable& table) {
    return "body." + table.relation->name;
}

json::object reference(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/{}/{}", kind, name)}};
}

void add_table_parameters(json::object& parameters, const OpenTable& table) {
    const std::string& name = table.relation->name;
    parameters[body_name(table)] = json::object{{"name", name},
                                                {"description", name},
                                                {"required", false},
                                                {"in", "body"},
                                                {"schema", reference("definitions", name)}};
    for (const rest::Column* column : table.columns) {
        parameters[row_filter(table, *column)] = parameter(column->name, "", "query");
    }
}

json::object parameters_of(std::span<const OpenTable> tables) {
    const json::array returns{"return=representation", "return=minimal", "return=none"};
    json::array posts = returns;
    posts.emplace_back("resolution=ignore-duplicates");
    posts.emplace_back("resolution=merge-duplicates");
    json::object range_unit = parameter("Range-Unit", "Limiting and Pagination", "header");
    range_unit["default"] = "items";
    json::object parameters{
        {"preferParams", prefer_parameter({})},
        {"preferReturn", prefer_parameter(returns)},
        {"preferCount", prefer_parameter({"count=none"})},
        {"preferPost", prefer_parameter(posts)},
        {"select", parameter("select", "Filtering Columns", "query")},
        {"on_conflict", parameter("on_conflict", "On Conflict", "query")},
        {"order", parameter("order", "Ordering", "query")},
        {"range", parameter("Range", "Limiting and Pagination", "header")},
        {"rangeUnit", range_unit},
        {"offset", parameter("offset", "Limiting and Pagination", "query")},
        {"limit", parameter("limit", "Limiting and Pagination", "query")},
    };
    for (const OpenTable& table : tables) add_table_parameters(parameters, table);
    return parameters;
}

json::array filter_references(const OpenTable& table) {
    json::array references;
    for (const rest::Column* column : table.columns) {
        references.push_back(reference("parameters", row_filter(table, *column)));
    }
    return references;
}

void add_references(json::array& references, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) references.push_back(reference("parameters", name));
}

json::object operation(const OpenTable& table, json::array parameters, json::object responses) {
    return {{"tags", json::array{table.relation->name}},
            {"parameters", std::move(parameters)},
            {"responses", std::move(responses)}};
}

json::object described(std::string_view description) {
    return {{"description", description}};
}

json::object read_operation(const OpenTable& table) {
    json::array parameters = filter_references(table);
    add_references(parameters,
                   {"select", "order", "range", "rangeUnit", "offset", "limit", "preferCount"});
    json::object ok = described("OK");
    ok["schema"] =
        json::object{{"type", "array"}, {"items", reference("definitions", table.relation->name)}};
    return operation(table, std::move(parameters),
                     {{"200", std::move(ok)}, {"206", described("Partial Content")}});
}

json::object path_of(const OpenTable& table) {
    json::object path;
    if (table.may_read) path["get"] = read_operation(table);
    if (table.may_insert) {
        json::array parameters;
        add_references(parameters, {body_name(table), "select", "preferPost"});
        path["post"] = operation(table, std::move(parameters), {{"201", described("Created")}});
    }
    if (table.may_delete) {
        json::array parameters = filter_references(table);
        add_references(parameters, {"preferReturn"});
        path["delete"] =
            operation(table, std::move(parameters), {{"204", described("No Content")}});
    }
    if (table.may_update) {
        json::array parameters = filter_references(table);
        add_references(parameters, {body_name(table), "preferReturn"});
        path["patch"] = operation(table, std::move(parameters), {{"204", described("No Content")}});
    }
    return path;
}

json::object root_path() {
    return {{"get",
             {{"tags", json::array{"Introspection"}},
              {"summary", "OpenAPI description (this document)"},
              {"produces", json::array{"application/openapi+json", "application/json"}},
              {"responses", {{"200", described("OK")}}}}}};
}

json::object paths_of(std::span<const OpenTable> tables) {
    json::object paths{{"/", root_path()}};
    for (const OpenTable& table : tables) paths["/" + table.relation->name] = path_of(table);
    return paths;
}

}  // namespace

json::object make_openapi(std::span<const OpenTable> tables, const ApiAddress& address) {
    return {{"swagger", "2.0"},
            {"info",
             {{"title", "Muster"},
              {"description", "The roster's tables, as PostgREST would serve them"},
              {"version", MUSTER_VERSION}}},
            {"host", address.host},
            {"basePath", address.base_path},
            {"schemes", json::array{address.is_tls ? "https" : "http"}},
            {"consumes", media_types()},
            {"produces", media_types()},
            {"paths", paths_of(tables)},
            {"definitions", make_definitions(tables)},
            {"parameters", parameters_of(tables)}};
}

}  // namespace muster::api
