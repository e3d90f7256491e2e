// Each handler admits the service key before it reads anything.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/admin_users.hpp"

#include <charconv>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "api/auth/admin.hpp"
#include "api/auth/admin_fields.hpp"
#include "api/auth/auth_fields.hpp"
#include "api/auth/session_json.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

/// A query parameter of paging; empty counts as absent.
core::Result<std::int64_t> read_count(const net::Request& request, std::string_view name,
                                      std::int64_t absent, std::int64_t max) {
    const std::string text = request.query_value(name);
    if (text.empty()) return absent;
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, number);
    if (fault == std::errc{} && stop == end && number >= 1 && number <= max) return number;
    return refuse_input(fmt::format("Bad Pagination Parameters: {} has to be 1 to {}", name, max));
}

struct PageInput {
    std::int64_t page = 1;
    std::int64_t size = admin_page_size;
};

core::Result<PageInput> read_page(const net::Request& request) {
    const auto page = read_count(request, "page", 1, admin_page_max);
    if (!page) return std::unexpected(page.error());
    const auto size = read_count(request, "per_page", admin_page_size, admin_page_size_max);
    if (!size) return std::unexpected(size.error());
    return PageInput{*page, *size};
}

/// supabase-js reads the page up to the first digit after "page=", which must come first.
std::string page_link(std::int64_t page, std::int64_t size, std::string_view relation) {
    return fmt::format("</admin/users?page={}&per_page={}>; rel=\"{}\"", page, size, relation);
}

void add_paging(net::Response& response, const PageInput& input, std::int64_t total) {
    const std::int64_t last = (total + input.size - 1) / input.size;
    std::string links;
    if (input.page < last) links = page_link(input.page + 1, input.size, "next") + ", ";
    links += page_link(last, input.size, "last");
    response.headers.push_back({"X-Total-Count", std::to_string(total)});
    response.headers.push_back({"Link", std::move(links)});
}

/// Puts the hash of a password that was given into the change.
asio::awaitable<core::Result<void>> hash_password(Call& call, AdminUserInput& input) {
    if (!input.password) co_return core::Result<void>{};
    auto hash = co_await call.services.passwords.hash(*input.password);
    if (!hash) co_return std::unexpected(hash.error());
    input.change.password_hash = std::move(*hash);
    co_return core::Result<void>{};
}

core::Result<std::string> admit_to_user(const Call& call) {
    if (auto admitted = admit_service(call); !admitted) return std::unexpected(admitted.error());
    return read_auth_id(call, 0, "user_id");
}

core::Result<app::Deletion> read_deletion(std::string_view text) {
    if (text.empty()) return app::Deletion::whole;
    const auto body = parse_json_body(text);
    if (!body) return std::unexpected(body.error());
    const json::value* const soft = body->if_contains("should_soft_delete");
    if (!soft || soft->is_null()) return app::Deletion::whole;
    if (!soft->is_bool()) {
        return core::fail(Code::invalid_type, "should_soft_delete", "true or false");
    }
    return soft->get_bool() ? app::Deletion::keeps_id : app::Deletion::whole;
}

}  // namespace

asio::awaitable<Answer> handle_admin_list_users(Call& call) {
    if (auto admitted = admit_service(call); !admitted) {
        co_return std::unexpected(admitted.error());
    }
    const auto input = read_page(call.request);
    if (!input) co_return std::unexpected(input.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::list_users(transaction, context, input->page, input->size);
    };
    const auto page = co_await call.services.store.read(work);
    if (!page) co_return std::unexpected(page.error());
    json::array users;
    for (const store::User& user : page->users) users.push_back(user_json(user));
    const json::object body{{"users", std::move(users)}, {"aud", "authenticated"}};
    net::Response response = json_response(body);
    add_paging(response, *input, page->total);
    co_return response;
}

asio::awaitable<Answer> handle_admin_create_user(Call& call) {
    if (auto admitted = admit_service(call); !admitted) {
        co_return std::unexpected(admitted.error());
    }
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    auto input = read_new_admin_user(*body, call.services.rules);
    if (!input) co_return std::unexpected(input.error());
    const auto hashed = co_await hash_password(call, *input);
    if (!hashed) co_return std::unexpected(hashed.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::create_user(transaction, context, input->change);
    };
    const auto user = co_await call.services.store.write(work);
    if (!user) co_return std::unexpected(user.error());
    co_return json_response(user_json(*user));
}

asio::awaitable<Answer> handle_admin_get_user(Call& call) {
    const auto id = admit_to_user(call);
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::get_user(transaction, context, *id);
    };
    const auto user = co_await call.services.store.read(work);
    if (!user) co_return std::unexpected(user.error());
    co_return json_response(user_json(*user));
}

asio::awaitable<Answer> handle_admin_change_user(Call& call) {
    const auto id = admit_to_user(call);
    if (!id) co_return std::unexpected(id.error());
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    auto input = read_admin_user_change(*body, call.services.rules);
    if (!input) co_return std::unexpected(input.error());
    const auto hashed = co_await hash_password(call, *input);
    if (!hashed) co_return std::unexpected(hashed.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::change_user(transaction, context, *id, input->change);
    };
    const auto user = co_await call.services.store.write(work);
    if (!user) co_return std::unexpected(user.error());
    co_return json_response(user_json(*user));
}

asio::awaitable<Answer> handle_admin_delete_user(Call& call) {
    const auto id = admit_to_user(call);
    if (!id) co_return std::unexpected(id.error());
    const auto deletion = read_deletion(call.request.body);
    if (!deletion) co_return std::unexpected(deletion.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::remove_user(transaction, context, *id, *deletion);
    };
    const auto removed = co_await call.services.store.write(work);
    if (!removed) co_return std::unexpected(removed.error());
    call.services.wake_outbox();
    co_return json_response(json::object());
}

asio::awaitable<Answer> handle_admin_list_factors(Call& call) {
    const auto id = admit_to_user(call);
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::get_user(transaction, context, *id);
    };
    const auto user = co_await call.services.store.read(work);
    if (!user) co_return std::unexpected(user.error());
    json::array factors;
    for (const store::Factor& factor : user->factors) factors.push_back(factor_json(factor));
    co_return json_list_response(factors);
}

asio::awaitable<Answer> handle_admin_delete_factor(Call& call) {
    const auto id = admit_to_user(call);
    if (!id) co_return std::unexpected(id.error());
    const auto factor_id = read_auth_id(call, 1, "factor_id");
    if (!factor_id) co_return std::unexpected(factor_id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::remove_user_factor(transaction, context, *id, *factor_id);
    };
    const auto factor = co_await call.services.store.write(work);
    if (!factor) co_return std::unexpected(factor.error());
    co_return json_response(factor_json(*factor));
}

}  // namespace muster::api
