// Each test's database is a copy of a template that was migrated once, with a now() and a
// gen_random_uuid() before PostgreSQL's own that follow the test's clock.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/test_postgres_place.hpp"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include "fakes/random.hpp"
#include "store/migrations.hpp"
#include "store/postgres/policy_script.hpp"
#include "store/postgres/postgres_store.hpp"

namespace muster::store {

namespace {

/// Ids in order of making, as the store's own are: the number of a row made within a millisecond
/// follows it.
constexpr const char* fake_schema = R"sql(
    CREATE SCHEMA fake;
    CREATE SEQUENCE fake.made;
    CREATE FUNCTION fake.now() RETURNS timestamptz LANGUAGE sql STABLE
        RETURN coalesce(nullif(current_setting('muster.time', true), '')::timestamptz,
                        pg_catalog.now());
    CREATE FUNCTION fake.gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE
        RETURN (lpad(to_hex(floor(extract(epoch FROM fake.now()) * 1000)::bigint), 12, '0')
                || '7' || lpad(to_hex(nextval('fake.made') / 65536 % 4096), 3, '0')
                || '8' || lpad(to_hex(currval('fake.made') % 65536), 15, '0'))::uuid;
    GRANT USAGE ON SCHEMA fake TO PUBLIC;
    GRANT USAGE ON SEQUENCE fake.made TO PUBLIC;
)sql";
constexpr const char* fake_first = "fake, pg_catalog, ";

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::string quoted(std::string_view value) {
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    return text + "'";
}

/// Keywords for libpq: `url`'s, but of that database.
std::string database_of(const std::string& url, const std::string& name) {
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(url.c_str(), nullptr));
    if (!options) throw StoreError("MUSTER_TEST_POSTGRES is not a URL that libpq takes");
    std::string keywords = "dbname=" + name;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr || std::string_view(option->keyword) == "dbname") continue;
        keywords += fmt::format(" {}={}", option->keyword, quoted(option->val));
    }
    return keywords;
}

class Session {
public:
    explicit Session(const std::string& database) : m_connection(PQconnectdb(database.c_str())) {
        if (PQstatus(m_connection.get()) != CONNECTION_OK) throw StoreError(what());
    }
    /// The first value of the last statement's answer, or nothing.
    std::string run(const std::string& sql) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(
            PQexec(m_connection.get(), sql.c_str()), &PQclear);
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw StoreError(what());
        return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : std::string();
    }

private:
    std::string what() const { return PQerrorMessage(m_connection.get()); }

    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Finish> m_connection;
};

std::string template_name() {
    const Migration policies = postgres_policies();
    std::string all = fake_schema;
    for (const Migration& migration : postgres_migrations()) {
        all.append(migration.name).append(migration.sql);
    }
    all.append(policies.name).append(postgres::policy_script(policies.sql));
    return "muster_template_" + checksum_of(all);
}

/// Serves a process: the one connection by which its tests' databases come and go.
class Maintenance {
public:
    explicit Maintenance(const std::string& url)
        : m_url(url), m_session(url), m_template(template_name()) {
        std::random_device random;
        m_prefix = fmt::format("muster_test_{}_{:08x}", getpid(), random());
        // Of several processes one makes the template.
        const std::string lock = fmt::format("(hashtextextended('{}', 0))", m_template);
        m_session.run("SELECT pg_advisory_lock" + lock);
        const std::string finished = m_session.run(fmt::format(
            "SELECT 1 FROM pg_database WHERE datname = '{}' AND datistemplate", m_template));
        if (finished.empty()) make_template();
        m_session.run("SELECT pg_advisory_unlock" + lock);
    }

    /// Returns its name.
    std::string create() {
        std::string name = fmt::format("{}_{}", m_prefix, ++m_count);
        m_session.run(fmt::format("CREATE DATABASE {} TEMPLATE {}", name, m_template));
        return name;
    }
    void drop(const std::string& name) {
        m_session.run(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name));
    }
    std::string keywords_of(const std::string& name) const { return database_of(m_url, name); }

private:
    void make_template() {
        drop(m_template);
        m_session.run("CREATE DATABASE " + m_template + " TEMPLATE template0 ENCODING 'UTF8'");
        const std::string database = keywords_of(m_template);
        Session(database).run(fake_schema);
        fakes::FakeRandom random;
        PostgresOptions options;
        options.database = database + " options=" +
                           quoted("-c search_path=" + std::string("fake,pg_catalog,public"));
        options.write_connections = 1;
        options.read_connections = 1;
        open_postgres(options, random).reset();
        m_session.run(fmt::format("ALTER DATABASE {} IS_TEMPLATE true", m_template));
    }

    std::string m_url;
    Session m_session;
    std::string m_template;
    std::string m_prefix;
    int m_count = 0;
};

class PostgresPlace final : public TestPlace {
public:
    explicit PostgresPlace(Maintenance& maintenance)
        : m_maintenance(maintenance), m_name(maintenance.create()) {}
    ~PostgresPlace() override { m_maintenance.drop(m_name); }

    std::unique_ptr<Store> open(const base::Clock& clock, base::Random& random) override {
        PostgresOptions options;
        options.database = m_maintenance.keywords_of(m_name);
        options.write_connections = 2;
        options.read_connections = 1;
        options.search_path_prefix = fake_first;
        options.clock = &clock;
        return open_postgres(options, random);
    }

    void define(Store&, const std::string& sql) override {
        Session(m_maintenance.keywords_of(m_name))
            .run("SET search_path = public, muster, fake, pg_catalog;" + sql);
    }

    std::string database() const override { return m_maintenance.keywords_of(m_name); }

private:
    Maintenance& m_maintenance;
    std::string m_name;
};

}  // namespace

std::unique_ptr<TestPlace> make_postgres_place(const std::string& maintenance) {
    static Maintenance kept(maintenance);
    return std::make_unique<PostgresPlace>(kept);
}

}  // namespace muster::store
