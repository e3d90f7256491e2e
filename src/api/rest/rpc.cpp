// The refusal names what was looked for: the function and its arguments.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/rpc.hpp"

#include <set>

#include <boost/json/parse.hpp>

#include "api/rest/answers.hpp"
#include "api/rest/bodies.hpp"
#include "api/rest/table_request.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;

rest::Result<std::set<std::string>> argument_names(const net::Request& request) {
    std::set<std::string> names;
    if (request.method == "POST") {
        json::parse_options options;
        options.max_depth = body_depth_max;
        boost::system::error_code error;
        const json::value body =
            request.body.empty() ? json::object() : json::parse(request.body, error, {}, options);
        if (error) return rest::fail("PGRST102", "Empty or invalid json");
        if (!body.is_object()) return names;
        for (const auto& member : body.get_object()) names.emplace(member.key());
        return names;
    }
    const auto parameters = request.query_parameters();
    if (!parameters) return names;
    for (const auto& [name, value] : *parameters) {
        if (name != "select") names.insert(name);
    }
    return names;
}

std::string joined(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

rest::Failure not_found(const std::string& function, const std::set<std::string>& names) {
    const std::string list = joined(names);
    const std::string called =
        names.empty() ? function + " without parameters" : function + "(" + list + ")";
    const std::string with = names.empty()       ? " without parameters"
                             : names.size() == 1 ? " with parameter " + list
                                                 : " with parameters " + list;
    return {"PGRST202", "Could not find the function public." + called + " in the schema cache",
            json::string("Searched for the function public." + function + with +
                         " or with a single unnamed json/jsonb parameter, but no matches were "
                         "found in the schema cache.")};
}

}  // namespace

boost::asio::awaitable<Answer> handle_rpc(Call& call) {
    const bool anonymous = call.caller.kind == core::Caller::Kind::anonymous;
    const rest::Role role = anonymous ? rest::Role::anon : rest::Role::authenticated;
    const auto profile = check_profile(call.request);
    if (!profile) co_return refusal_of(profile.error(), role, call.request.method);
    const auto names = argument_names(call.request);
    if (!names) co_return refusal_of(names.error(), role, call.request.method);
    co_return refusal_of(not_found(call.path_values.front(), *names), role, call.request.method);
}

}  // namespace muster::api
