// One request, one transaction, one answer.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/tables.hpp"

#include <utility>

#include <boost/json/serialize.hpp>

#include "api/rest/answers.hpp"
#include "api/rest/openapi.hpp"
#include "api/rest/put.hpp"
#include "api/rest/table_request.hpp"
#include "base/encoding.hpp"
#include "rest/rendering.hpp"
#include "rest/writing.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
using rest::fail;
using rest::Role;

Role role_of(const core::Caller& caller) {
    switch (caller.kind) {
        case core::Caller::Kind::anonymous: return Role::anon;
        case core::Caller::Kind::user: return Role::authenticated;
        case core::Caller::Kind::service: return Role::service_role;
    }
    std::unreachable();
}

store::Actor actor_of(const core::Caller& caller) {
    return {std::string(rest::to_text(role_of(caller))), caller.user_id, caller.claims};
}

/// The answer's Location names the new row.
bool is_located(const TableRequest& table) {
    return table.verb == Verb::insert &&
           table.preferences.representation == Preferences::Return::headers_only;
}

rest::WriteOptions write_options(const TableRequest& table) {
    rest::WriteOptions options;
    options.representation = table.wants_rows();
    options.key = is_located(table);
    options.affected_max = table.preferences.max_affected;
    options.single = is_single(table.media);
    options.nulls = table.nulls();
    return options;
}

rest::Conflict conflict_of(const TableRequest& table) {
    using Resolution = Preferences::Resolution;
    if (table.verb == Verb::upsert_one) return rest::Conflict::merge;
    if (table.preferences.resolution == Resolution::merge_duplicates) return rest::Conflict::merge;
    if (table.preferences.resolution == Resolution::ignore_duplicates) {
        return rest::Conflict::ignore;
    }
    return rest::Conflict::refuse;
}

rest::Result<rest::Written> write(store::Transaction& transaction, const rest::Access& access,
                                  const TableRequest& table) {
    const rest::WriteOptions options = write_options(table);
    if (table.verb == Verb::remove) {
        return rest::delete_rows(transaction, access, *table.relation, table.query, options);
    }
    if (table.verb == Verb::update) {
        static const boost::json::object nothing;
        const bool empty = table.rows.values.empty();
        const auto& changes = empty ? nothing : table.rows.values.front().get_object();
        return rest::update_rows(transaction, access, *table.relation, table.query, table.columns,
                                 changes, options);
    }
    const bool defaults = table.preferences.missing == Preferences::Missing::defaults;
    const rest::Insertion insertion{table.columns, table.rows.values, defaults, conflict_of(table)};
    return rest::insert_rows(transaction, access, *table.relation, table.query, insertion, options);
}

Outcome outcome_of(const TableRequest& table, const rest::Written& written) {
    const bool nothing_new = written.inserted == 0 && written.affected > 0;
    switch (table.verb) {
        case Verb::update: return Outcome::updated;
        case Verb::remove: return Outcome::removed;
        case Verb::upsert_one: return nothing_new ? Outcome::put_updated : Outcome::put_inserted;
        default: break;
    }
    const bool merges = conflict_of(table) == rest::Conflict::merge;
    return merges && nothing_new ? Outcome::merged : Outcome::inserted;
}

std::string body_of(const TableRequest& table, const rest::Found& found) {
    if (table.media == MediaType::csv) return rest::to_csv(found);
    if (is_single(table.media)) return rest::to_json_object(found, table.nulls());
    return rest::to_json_array(found, table.nulls());
}

void add_applied(const TableRequest& table, net::Response& response) {
    std::string applied = applied_preferences(table.preferences, table.verb);
    if (!applied.empty()) response.headers.push_back({"Preference-Applied", std::move(applied)});
}

/// "/devices?id=eq.1"
std::string location_of(const TableRequest& table, const rest::Written& written) {
    std::string location = "/" + table.relation->name;
    for (const auto& [column, value] : written.key) {
        location += location.contains('?') ? "&" : "?";
        location += column + "=eq." + base::encode_form(value);
    }
    return location;
}

rest::Result<net::Response> read_answer(const TableRequest& table, const rest::Found& found,
                                        rest::Role role, std::string_view method) {
    Page page;
    page.offset = table.query.level.offset;
    page.count = static_cast<std::int64_t>(found.rows.size());
    page.total = found.total;
    if (is_single(table.media)) {
        if (auto single = require_single(page.count); !single) {
            return std::unexpected(single.error());
        }
    }
    const auto status = read_status_of(page);
    if (!status) {
        net::Response refusal = refusal_of(status.error(), role, method);
        refusal.headers.push_back({"Content-Range", content_range_of(page)});
        return refusal;
    }
    net::Response response;
    response.status = *status;
    response.content_type = content_type_of(table.media);
    response.headers.push_back({"Content-Range", content_range_of(page)});
    response.headers.push_back({"Content-Location", table.location});
    response.headers.push_back({"Vary", "Accept, Prefer, Range"});
    add_applied(table, response);
    response.body = body_of(table, found);
    return response;
}

net::Response write_answer(const TableRequest& table, const rest::Written& written) {
    const Outcome outcome = outcome_of(table, written);
    const bool with_count = table.preferences.count.has_value();
    net::Response response;
    response.status = write_status_of(outcome, table.wants_rows());
    response.headers.push_back(
        {"Content-Range", write_range_of(outcome, written.affected, with_count)});
    if (!written.key.empty()) {
        response.headers.push_back({"Location", location_of(table, written)});
    }
    add_applied(table, response);
    response.content_type.clear();
    if (table.wants_rows()) {
        response.content_type = content_type_of(table.media);
        response.body = body_of(table, written.found);
    }
    return response;
}

rest::Result<net::Response> perform(store::Transaction& transaction, const rest::Access& access,
                                    const TableRequest& table, const net::Request& request) {
    try {
        if (table.verb != Verb::read) {
            const auto written = write(transaction, access, table);
            if (!written) return std::unexpected(written.error());
            return write_answer(table, *written);
        }
        rest::ReadOptions options;
        options.count = table.preferences.count.has_value();
        options.nulls = table.nulls();
        const auto found =
            rest::read_rows(transaction, access, *table.relation, table.query, options);
        if (!found) return std::unexpected(found.error());
        return read_answer(table, *found, access.role(), request.method);
    } catch (const store::ArgumentRefused& refused) {
        return fail(std::string(refused.sqlstate()), refused.what());
    } catch (const store::StatementTooComplex&) {
        return fail("PGRST100", "the query is too large or nested too deeply");
    }
}

/// A failure undoes the transaction: the store is told by an error of its own, which nobody sees.
asio::awaitable<core::Result<rest::Result<net::Response>>> run(Call& call,
                                                               const rest::Access& access,
                                                               const TableRequest& table) {
    rest::Result<net::Response> answer = net::Response{};
    const store::Actor actor = actor_of(call.caller);
    auto work = [&](store::Transaction& transaction) -> core::Result<bool> {
        transaction.act_as(actor);
        answer = perform(transaction, access, table, call.request);
        if (!answer) return core::fail(core::Code::conflict);
        return true;
    };
    core::Result<bool> done = true;
    if (table.verb == Verb::read) {
        done = co_await call.services.store.read(work);
    } else {
        done = co_await call.services.store.write(work);
    }
    if (!done && answer) co_return std::unexpected(done.error());
    co_return answer;
}

std::string decode_segment(const std::string& segment) {
    // A path has no form encoding: a plus sign is a plus sign.
    std::string text;
    for (const char c : segment) text += c == '+' ? std::string("%2B") : std::string(1, c);
    return base::decode_form(text).value_or(segment);
}

}  // namespace

asio::awaitable<Answer> handle_table(Call& call) {
    const rest::Access access(*call.services.tables, role_of(call.caller));
    const auto refuse = [&](const rest::Failure& failure) {
        return refusal_of(failure, access.role(), call.request.method);
    };
    const auto table =
        read_table_request(call.request, access, decode_segment(call.path_values.front()));
    if (!table) co_return refuse(table.error());
    if (table->verb == Verb::upsert_one) {
        const auto allowed = check_put(*table);
        if (!allowed) co_return refuse(allowed.error());
    }
    auto answer = co_await run(call, access, *table);
    if (!answer) co_return std::unexpected(answer.error());
    if (!*answer) co_return refuse(answer->error());
    // A device that was deleted or revoked leaves its network: triggers write the jobs.
    if (table->verb != Verb::read) call.services.wake_outbox();
    co_return std::move(**answer);
}

asio::awaitable<Answer> handle_table_options(Call& call) {
    const rest::Access access(*call.services.tables, role_of(call.caller));
    const auto relation = access.find_relation(decode_segment(call.path_values.front()));
    if (!relation) co_return refusal_of(relation.error(), access.role(), call.request.method);
    net::Response response;
    response.content_type.clear();
    const bool view = (*relation)->is_view;
    response.headers.push_back(
        {"Allow", view ? "OPTIONS,GET,HEAD" : "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"});
    co_return response;
}

asio::awaitable<Answer> handle_table_root(Call& call) {
    const Role role = role_of(call.caller);
    const auto profile = check_profile(call.request);
    if (!profile) co_return refusal_of(profile.error(), role, call.request.method);
    const auto media = negotiate(call.request.headers, root_media_types());
    if (!media) co_return refusal_of(media.error(), role, call.request.method);
    const ApiAddress address{std::string(call.request.header("Host")), "/rest/v1",
                             call.request.secure};
    const rest::Schema& schema = *call.services.tables;
    const auto document = make_openapi(schema.catalog, schema.policies, role, address);
    net::Response response;
    response.content_type = content_type_of(*media);
    response.body = boost::json::serialize(document);
    co_return response;
}

}  // namespace muster::api
