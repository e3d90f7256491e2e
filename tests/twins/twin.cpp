// Time stands still during a step, and a step's randomness begins with its number: so nothing
// depends on how often a database looks at either.
// SPDX-License-Identifier: Apache-2.0
#include "twins/twin.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "differential/dice.hpp"
#include "differential/roster_seed.hpp"
#include "fakes/run.hpp"
#include "jobs/reconciler.hpp"
#include "jobs/sweeper.hpp"
#include "jobs/targets.hpp"

namespace muster::twins {

namespace {

using differential::Asker;

/// Which of several jobs at once is recorded first, nobody decides.
const jobs::OutboxOptions one_after_another{.at_once = 1, .networks = 1};

constexpr std::chrono::milliseconds call_timeout{5'000};

/// More than a step makes.
constexpr std::uint64_t ids_per_step = 4096;

/// As CountingRandom has SQLite make them: the test's own gen_random_uuid() counts already.
constexpr const char* counted_ids = R"sql(
    CREATE OR REPLACE FUNCTION muster.uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE
    RETURN fake.gen_random_uuid();
)sql";

api::ApiTestOptions options_of(const TwinOptions& options, CountingRandom& ids,
                               const ServerKeys* keys) {
    api::ApiTestOptions made;
    made.driver = options.driver;
    made.clock_step = std::chrono::microseconds(0);
    made.store_random = &ids;
    if (!keys) return made;
    made.prepare = [keys](store::Transaction& transaction) {
        for (const auto& key : keys->signing_keys) store::insert_signing_key(transaction, key);
        for (const auto& key : keys->api_keys) store::insert_api_key(transaction, key);
    };
    return made;
}

json::value value_of(const store::Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return nullptr;
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    const std::string& text = std::get<std::string>(cell);
    if (text.starts_with('{') || text.starts_with('[')) {
        boost::system::error_code error;
        json::value parsed = json::parse(text, error);
        if (!error) return parsed;
    }
    return json::string(text);
}

}  // namespace

void CountingRandom::fill(std::span<std::byte> out) {
    std::uint64_t count = ++m_count;
    std::ranges::fill(out, std::byte{0});
    for (std::size_t i = out.size(); i > 0 && count > 0; --i, count >>= 8U) {
        out[i - 1] = static_cast<std::byte>(count);
    }
}

Twin::Twin(const TwinOptions& options, CountingRandom& ids, const ServerKeys* keys)
    : ApiTest(options_of(options, ids, keys)), m_seed(options.seed), m_ids(ids) {
    if (options.driver == store::TestDriver::postgres) m_place->define(*m_store, counted_ids);
    m_services->mail = &m_mail;
    m_services->site_url = "https://app.test";
    m_services->redirect_urls = {"https://other.test/**"};
    m_rules.accounts = options.accounts;
    m_tools = std::make_unique<jobs::Tools>(
        jobs::Tools{*m_store, m_clock, m_random, m_metrics, m_rules, *m_sealer, *m_networks});
    add_networks();
    m_random.restart(options.seed);
    add_people(options.seed, options.driver);
}

std::unique_ptr<networks::Network> Twin::make_network(
    const networks::ConnectionSettings& settings) {
    const auto address = std::hash<std::string>()(settings.network + settings.base_url);
    networks::SimulatedOptions options;
    options.name = settings.network;
    options.file = m_folder / fmt::format("network-{:x}", address);
    options.is_shared = true;
    auto network = networks::SimulatedNetwork::open(options, m_clock, m_random);
    if (settings.credential.reveal() == bad_credential) network->set_faults({.fail_next = 1});
    return network;
}

void Twin::add_networks() {
    m_rules.network_hosts = {"one.test", "two.test"};
    m_services->tailscale_webhook_secret = base::Secret<std::string>(webhook_secret);
    m_services->settings_of =
        [this](
            const networks::Connector& connector) -> std::optional<networks::ConnectionSettings> {
        if (connector.id.empty()) return std::nullopt;
        networks::ConnectionSettings settings = connector.settings;
        settings.base_url = m_netbird.url();
        settings.credential = base::Secret<std::string>("nbp_fake");
        return settings;
    };
    m_services->compare = [this](networks::Connector connector) {
        return compare(std::move(connector));
    };
}

/// As the server does it.
boost::asio::awaitable<core::Result<api::Comparison>> Twin::compare(networks::Connector connector) {
    app::ConnectionInUse target;
    target.scope.network = connector.settings.network;
    if (!connector.id.empty()) target.scope.connection_id = connector.id;
    target.connector = std::move(connector);
    const auto done = co_await jobs::reconcile(*m_tools, target, call_timeout);
    if (!done) co_return std::unexpected(done.error());
    co_return api::Comparison{done->seen + done->adopted, done->nodes};
}

void Twin::add_people(std::uint64_t seed, store::TestDriver driver) {
    using enum api::Who;
    differential::Dice dice(seed);
    const auto more = differential::seed_roster(*m_store, *m_sealer, dice, organizations(),
                                                {user_id(ana), user_id(ben), user_id(sue),
                                                 user_id(boss), user_id(other_boss), user_id(root)},
                                                driver);
    m_people = {
        {"anonymous", Asker::Kind::anonymous, {}, token_of(anon_key)},
        {"service", Asker::Kind::service, {}, token_of(service)},
        {"ghost", Asker::Kind::user, "00000000-0000-4000-8000-00000000dead", token_of(ghost)},
        {"forger", Asker::Kind::rejected, {}, token_of(forger)},
        {"ana", Asker::Kind::user, user_id(ana), token_of(ana)},
        {"ben", Asker::Kind::user, user_id(ben), token_of(ben)},
        {"sue", Asker::Kind::user, user_id(sue), token_of(sue)},
        {"boss", Asker::Kind::user, user_id(boss), token_of(boss)},
        {"other_boss", Asker::Kind::user, user_id(other_boss), token_of(other_boss)},
        {"root", Asker::Kind::user, user_id(root), token_of(root)},
    };
    const auto issued = core::to_unix_seconds(m_clock.now());
    for (const differential::SeedPerson& person : more) {
        const std::string token =
            m_installation.signing_keys.front().sign({{"sub", person.id},
                                                      {"role", "authenticated"},
                                                      {"aud", "authenticated"},
                                                      {"session_id", person.id},
                                                      {"iat", issued},
                                                      {"exp", issued + 400 * 86'400}});
        m_people.push_back({person.name, Asker::Kind::user, person.id, token});
    }
}

ServerKeys Twin::keys() const {
    const auto read = m_store->read_now([](store::Transaction& transaction) {
        return core::Result<ServerKeys>(
            ServerKeys{store::list_signing_keys(transaction), store::list_api_keys(transaction)});
    });
    return read.value();
}

std::vector<std::string> Twin::key_bearers() const {
    return {m_installation.anon_key.reveal(), m_installation.service_role_key.reveal(),
            m_installation.publishable_key.reveal(), m_installation.secret_key.reveal()};
}

Answer Twin::take(const Step& step) {
    m_clock.set(step.at);
    m_random.restart(m_seed * 1'000'003 + step.number);
    m_ids.start_at((step.number + 1) * ids_per_step);
    m_mail.mails.clear();
    Answer answer;
    try {
        answer = step.kind == Step::Kind::request ? answer_request(step) : run_job(step);
    } catch (const std::exception& broken) {
        answer.status = 500;
        answer.thrown = broken.what();
    }
    for (const mail::Mail& mail : m_mail.mails) {
        answer.letters.push_back({mail.to, mail.subject + "\n" + mail.text + "\n" + mail.html});
    }
    return answer;
}

Answer Twin::answer_request(const Step& step) {
    const std::string_view target = step.target;
    const auto question = target.find('?');
    net::Request request;
    request.method = step.method;
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    request.body = step.body;
    request.client_address = "192.0.2.7";
    request.request_id = "test";
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (const auto& [name, value] : step.headers) request.headers.push_back({name, value});
    net::Response response = fakes::run(answer(request, *m_services));
    return {.status = response.status,
            .content_type = std::move(response.content_type),
            .headers = std::move(response.headers),
            .body = std::move(response.body)};
}

Answer Twin::run_job(const Step& step) {
    Answer report;
    switch (step.kind) {
        case Step::Kind::request: break;
        case Step::Kind::sweep: {
            const jobs::Swept swept = fakes::run(jobs::sweep(*m_tools));
            report.body = fmt::format("{} tokens expired, {} devices inactive",
                                      swept.tokens_expired, swept.devices_inactive);
            break;
        }
        case Step::Kind::deliver:
            report.body = fmt::format(
                "{} jobs", fakes::run(jobs::deliver_due_jobs(*m_tools, one_after_another)));
            break;
        case Step::Kind::reconcile: {
            const auto targets = fakes::run(jobs::list_targets(*m_tools)).value();
            const auto& target = targets[step.number % targets.size()];
            const auto done = fakes::run(jobs::reconcile(*m_tools, target, call_timeout));
            report.body = done ? fmt::format("{} seen, {} lost, {} adopted, {} shadows", done->seen,
                                             done->lost, done->adopted, done->shadows)
                               : std::string(core::word_of(done.error().code));
            break;
        }
        case Step::Kind::network_fails: m_network->set_faults({.fail_next = 1}); break;
        case Step::Kind::node_leaves: m_network->drop_node(step.target); break;
    }
    return report;
}

Shape Twin::shape() const {
    const auto read = m_store->read_now([](store::Transaction& transaction) {
        Shape shape;
        for (const store::Row& row : transaction.all(
                 "SELECT l.name, x.name FROM pragma_table_list l, pragma_table_xinfo(l.name) x "
                 "WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT GLOB 'sqlite_*' "
                 "AND l.name NOT IN ('schema_migrations', 'column_types') "
                 "ORDER BY l.name, x.cid")) {
            shape[row.text(0)].push_back(row.text(1));
        }
        return core::Result<Shape>(std::move(shape));
    });
    return read.value();
}

Tables Twin::read(const Shape& shape) const {
    const auto read = m_store->read_now([&](store::Transaction& transaction) {
        Tables tables;
        for (const auto& [name, columns] : shape) {
            const std::string sql =
                fmt::format("SELECT \"{}\" FROM \"{}\"", fmt::join(columns, "\", \""), name);
            for (const store::Row& found : transaction.all(sql)) {
                json::object row;
                for (std::size_t i = 0; i < columns.size(); ++i) {
                    row[columns[i]] = value_of(found.cells()[i]);
                }
                tables[name].push_back(std::move(row));
            }
        }
        return core::Result<Tables>(std::move(tables));
    });
    return read.value();
}

differential::World Twin::world(const Tables& tables) const {
    differential::World world;
    for (const auto& [name, rows] : tables) {
        const differential::Table* const known = differential::find_table(name);
        auto& copies = world.tables[name];
        for (const json::object& row : rows) {
            json::object copy = row;
            for (const auto& column :
                 known ? known->columns : std::vector<differential::Column>()) {
                json::value& cell = copy[column.name];
                if (column.kind == differential::Kind::boolean && cell.is_int64()) {
                    cell = cell.get_int64() != 0;
                }
                if (column.secret != differential::Secret::sealed || !cell.is_string()) continue;
                const std::string purpose = name + "." + std::string(column.name);
                const auto opened = m_sealer->open(std::string(cell.get_string()), purpose);
                if (opened) cell = json::string(opened->reveal());
            }
            copies.push_back(std::move(copy));
        }
    }
    for (const json::object& profile : world.rows("profiles")) {
        world.tables["user_roles"].push_back(
            {{"id", differential::cell(profile, "id")},
             {"user_id", differential::cell(profile, "id")},
             {"role", differential::cell(profile, "role")},
             {"created_at", differential::cell(profile, "created_at")}});
    }
    return world;
}

}  // namespace muster::twins
