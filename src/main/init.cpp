// Writes to the database directly: whoever may read the data folder is the operator.
// SPDX-License-Identifier: Apache-2.0
#include "main/init.hpp"

#include <ostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "api/fields.hpp"
#include "app/accounts.hpp"
#include "crypto/passwords.hpp"
#include "main/opening.hpp"

namespace muster::main {

namespace {

namespace json = boost::json;

constexpr int exit_refused = 1;
constexpr int exit_usage = 2;

core::Result<app::NewAccount> read_account(const InitInput& input) {
    const json::object fields{
        {"email", input.email}, {"name", input.full_name}, {"organization", input.organization}};
    auto email = api::require(api::read_email(fields, "email"), "email");
    if (!email) return std::unexpected(email.error());
    auto name = api::require(api::read_text(fields, "name", api::name_limits), "name");
    if (!name) return std::unexpected(name.error());
    auto organization =
        api::require(api::read_text(fields, "organization", api::name_limits), "organization");
    if (!organization) return std::unexpected(organization.error());
    app::NewAccount account;
    account.email = std::move(*email);
    account.full_name = std::move(*name);
    return account;
}

int refuse(const cli::Terminal& terminal, const std::string& sentence, int exit_code) {
    terminal.err << "error: " << sentence << '\n';
    return exit_code;
}

void print_init(const cli::Terminal& terminal, const InitInput& input,
                const store::Account& account, const app::Installation& installation) {
    const std::string organization = account.profile.organization_id.value_or("");
    if (input.json) {
        const json::object body{{"user_id", account.user.id},
                                {"organization_id", organization},
                                {"anon_key", installation.anon_key.reveal()},
                                {"service_role_key", installation.service_role_key.reveal()}};
        terminal.out << json::serialize(body) << '\n';
        return;
    }
    terminal.out << "Organization  " << input.organization << " (" << organization << ")\n"
                 << "Administrator " << account.user.email << " (" << account.user.id << ")\n\n"
                 << "Sign in with:  muster login --url URL --email " << account.user.email << '\n'
                 << "Keys for apps: muster keys\n";
}

}  // namespace

int init(const Settings& settings, const InitInput& input, const cli::Terminal& terminal) {
    auto account = read_account(input);
    if (!account) {
        return refuse(terminal, core::message_of(account.error(), core::Language::english),
                      exit_usage);
    }
    if (!input.password_from_stdin && !terminal.in_is_terminal) {
        return refuse(terminal, "give the password with --password-stdin", exit_usage);
    }
    const auto password = cli::read_secret(terminal, "Password for " + account->email + ": ");
    if (!password) {
        return refuse(terminal, "standard input has no password of at most 1024 bytes", exit_usage);
    }
    if (password->reveal().size() < settings.rules.password_length_min) {
        return refuse(terminal,
                      "the password needs at least " +
                          std::to_string(settings.rules.password_length_min) + " characters",
                      exit_usage);
    }
    account->password_hash = crypto::hash_password(*password, settings.password_cost);
    const auto opened = open_installation(settings, Missing::create);
    const core::Caller caller{core::Caller::Kind::service};
    const app::Context context{opened->clock.now(), caller, settings.rules, *opened->sealer,
                               opened->random};
    const auto created = opened->store->write_now([&](store::Transaction& transaction) {
        return app::create_first_admin(transaction, context, *account, input.organization);
    });
    if (!created) {
        return refuse(terminal,
                      "this installation has an administrator already; nothing was changed",
                      exit_refused);
    }
    print_init(terminal, input, *created, opened->installation);
    return 0;
}

int print_keys(const Settings& settings, bool as_json, const cli::Terminal& terminal) {
    const auto opened = open_installation(settings, Missing::refuse);
    const app::Installation& installation = opened->installation;
    if (!as_json) {
        terminal.out << "anon_key          " << installation.anon_key.reveal()
                     << "\nservice_role_key  " << installation.service_role_key.reveal()
                     << "\npublishable_key   " << installation.publishable_key.reveal()
                     << "\nsecret_key        " << installation.secret_key.reveal() << '\n';
        return 0;
    }
    json::object body{{"anon_key", installation.anon_key.reveal()},
                      {"service_role_key", installation.service_role_key.reveal()},
                      {"publishable_key", installation.publishable_key.reveal()},
                      {"secret_key", installation.secret_key.reveal()}};
    if (!settings.public_url.empty()) {
        body["jwks_url"] = settings.public_url + "/auth/v1/.well-known/jwks.json";
    }
    terminal.out << json::serialize(body) << '\n';
    return 0;
}

}  // namespace muster::main
