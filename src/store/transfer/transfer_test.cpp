// The catalogues' own tables, whatever they are today, and a move between real databases.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/transfer.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "store/sqlite/test_sqlite_place.hpp"
#include "store/test_place.hpp"
#include "store/transfer/source.hpp"
#include "store/transfer/target.hpp"

namespace muster::store::transfer {
namespace {

/// Good enough to tell the rows of a test apart.
std::array<std::byte, 32> digest(std::string_view text) {
    std::array<std::byte, 32> bytes{};
    std::size_t hash = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i % 8 == 0) hash = std::hash<std::string>()(std::string(text) + std::to_string(i));
        bytes[i] = static_cast<std::byte>(hash >> 8 * (i % 8) & 0xffU);
    }
    return bytes;
}

class QuietWatcher final : public Watcher {
public:
    void begin(Phase, const std::string&, std::int64_t) override {}
    void advance() override {}
    void end() override {}
    void note(const std::string& sentence) override { notes += sentence + '\n'; }
    std::string notes;
};

class TransferTest : public ::testing::Test {
protected:
    TransferTest() {
        m_store = m_source.open(m_clock, m_random);
        run("INSERT INTO signing_keys (id, algorithm, private_key) VALUES ('kid', 'ES256', 'x')");
    }

    void run(const std::string& sql) {
        const auto done = m_store->write_now([&](Transaction& transaction) -> core::Result<int> {
            transaction.execute(sql);
            return 0;
        });
        ASSERT_TRUE(done);
    }
    Report move() {
        m_watcher.notes.clear();
        const Options options{m_source.file(), m_target->database(), false, &digest};
        return transfer(options, m_clock, m_random, m_watcher);
    }
    std::string refusal() {
        try {
            move();
        } catch (const StoreError& refused) {
            return refused.what();
        }
        return {};
    }
    void on_target(const std::string& sql) {
        postgres::Connection(m_target->database()).script(sql);
    }

    fakes::FakeClock m_clock;
    fakes::FakeRandom m_random;
    SqlitePlace m_source{SqliteOptions()};
    std::unique_ptr<Store> m_store;
    std::unique_ptr<TestPlace> m_target = make_test_place();
    QuietWatcher m_watcher;
};

TEST_F(TransferTest, EveryTableOfBothDatabasesIsAccountedFor) {
    Source source(m_source.file(), m_clock, m_random);
    Target target(m_target->database());
    const auto tables = match_catalogs(source.connection(), target.connection());
    std::set<std::string> here;
    std::set<std::string> there;
    for (const MovedTable& table : tables) {
        here.insert(table.name);
        there.insert(table.target);
        EXPECT_FALSE(table.key.empty()) << table.name;
        EXPECT_EQ(table.columns.size(), table.kinds.size());
    }
    std::set<std::string> all_here;
    for (const Row& row : ask(source.connection(),
                              "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT "
                              "GLOB 'sqlite_*'")) {
        all_here.insert(row.text(0));
    }
    for (const std::string_view staying : tables_that_stay()) here.insert(std::string(staying));
    EXPECT_EQ(here, all_here);
    // What PostgreSQL has of its own: records, and what servers share for a moment.
    for (const char* own : {"schema_migrations", "column_secrecy", "transfer", "transfer_tables"}) {
        there.insert(std::string("muster.") + own);
    }
    std::set<std::string> all_there;
    for (const Row& row :
         ask(target.connection(),
             "SELECT format('%I.%I', nspname, relname) FROM pg_class c "
             "JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN "
             "('r', 'p') AND relpersistence = 'p' AND NOT relispartition AND nspname IN ('auth', "
             "'muster', 'public')")) {
        all_there.insert(row.text(0));
    }
    EXPECT_EQ(there, all_there);
}

TEST_F(TransferTest, TablesComeBehindThoseThatTheyReferTo) {
    Source source(m_source.file(), m_clock, m_random);
    Target target(m_target->database());
    std::vector<std::string> names;
    for (const MovedTable& table : match_catalogs(source.connection(), target.connection())) {
        names.push_back(table.name);
    }
    const auto place = [&](const char* name) { return std::ranges::find(names, name); };
    const std::pair<const char*, const char*> pairs[] = {
        {"users", "profiles"},
        {"organizations", "profiles"},
        {"profiles", "audit_logs"},
        {"devices", "device_events"},
        {"users", "devices"},
        {"devices", "spent_tokens"},
        {"mfa_factors", "mfa_challenges"},
    };
    for (const auto& [first, second] : pairs) {
        EXPECT_LT(place(first), place(second)) << first << ' ' << second;
    }
}

TEST_F(TransferTest, MovesOnceAndComparesAgain) {
    run("INSERT INTO organizations (name) VALUES ('One'), ('Two')");
    const Report report = move();
    EXPECT_TRUE(report.is_equal());
    EXPECT_FALSE(report.was_finished);
    EXPECT_EQ(report.rows_copied, 3);
    EXPECT_EQ(report.installation, "kid");
    const Report again = move();
    EXPECT_TRUE(again.is_equal());
    EXPECT_TRUE(again.was_finished);
    EXPECT_EQ(again.rows_copied, 0);
    run("UPDATE organizations SET name = 'Three' WHERE name = 'Two'");
    const Report later = move();
    EXPECT_FALSE(later.is_equal());
    EXPECT_EQ(later.rows_copied, 0) << "what is complete is not written to";
}

TEST_F(TransferTest, GoesOnBehindWhatIsThere) {
    run("INSERT INTO organizations (name) VALUES ('One'), ('Two')");
    move();
    // As after a kill between the tables' transactions and the end.
    on_target("UPDATE muster.transfer SET finished_at = NULL");
    run("INSERT INTO organizations (id, name) "
        "VALUES ('ffffffff-ffff-4fff-8fff-ffffffffffff', 'Last')");
    const Report report = move();
    EXPECT_TRUE(report.is_equal());
    EXPECT_EQ(report.rows_copied, 1);
    EXPECT_TRUE(m_watcher.notes.contains("going on")) << m_watcher.notes;
}

TEST_F(TransferTest, StartsOverWhereTheSourceIsAnother) {
    run("INSERT INTO organizations (name) VALUES ('One'), ('Two')");
    for (const char* change : {"UPDATE organizations SET name = 'Renamed' WHERE name = 'One'",
                               "DELETE FROM organizations WHERE name = 'Two'",
                               "INSERT INTO organizations (id, name) "
                               "VALUES ('00000000-0000-4000-8000-000000000000', 'First')"}) {
        SCOPED_TRACE(change);
        move();
        on_target("UPDATE muster.transfer SET finished_at = NULL");
        run(change);
        const Report report = move();
        EXPECT_TRUE(report.is_equal());
        EXPECT_TRUE(m_watcher.notes.contains("starting over")) << m_watcher.notes;
    }
}

TEST_F(TransferTest, RefusesATargetThatIsNotItsOwn) {
    on_target("INSERT INTO public.organizations (name) VALUES ('Somebody else')");
    EXPECT_TRUE(refusal().starts_with(
        "the target: it has data of its own already, in public.organizations"))
        << refusal();
}

/// Each hides the one before it.
TEST_F(TransferTest, SaysWhatIsWrongWithTheSource) {
    const struct {
        const char* name;
        const char* change;
        const char* sentence;
    } cases[] = {
        {"no server ran", "DELETE FROM signing_keys",
         "the source: no server has ever run on it, so there is nothing to move: name another"},
        {"older", "DELETE FROM schema_migrations WHERE name > '0005'",
         "the source: it has an older version's schema: bring it up to date with muster migrate"},
        {"newer", "INSERT INTO schema_migrations (name, checksum) VALUES ('9999_later', 'x')",
         "the source: the database was migrated by a newer version of Muster (this one does not "
         "know 9999_later): use that version or a later one"},
        {"a stranger's", "DROP TABLE schema_migrations",
         "the source: it is not a Muster database: name the folder"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        run(c.change);
        EXPECT_TRUE(refusal().starts_with(c.sentence)) << refusal();
    }
    m_store.reset();
    std::ofstream(m_source.file()) << std::string(5000, 'x');
    EXPECT_TRUE(refusal().starts_with("the source: ")) << refusal();
}

TEST_F(TransferTest, RefusesATargetOfANewerVersion) {
    on_target("INSERT INTO muster.schema_migrations (name, checksum) VALUES ('9999_later', 'x')");
    EXPECT_TRUE(
        refusal().starts_with("the target: the database was migrated by a newer version of Muster "
                              "(this one does not know 9999_later): use that version"))
        << refusal();
}

TEST_F(TransferTest, RefusesATargetAtWhichAnotherMoveIsAtWork) {
    {
        const Target other(m_target->database());
        EXPECT_EQ(refusal(),
                  "the target: another muster migrate is at work on it: wait until that one has "
                  "ended, then run the same command again");
    }
    EXPECT_TRUE(move().is_equal());
}

TEST_F(TransferTest, NamesTheTableWhoseRowIsRefusedAndGoesOnOnceItIsMended) {
    run("CREATE TABLE notes (id integer PRIMARY KEY, text text, day date, device_id uuid)");
    on_target(
        "CREATE TABLE public.notes (id bigint PRIMARY KEY, text text CHECK (text <> ''), day date, "
        "device_id uuid REFERENCES public.devices)");
    run("INSERT INTO notes (text) VALUES ('One'), ('Two')");
    const struct {
        const char* name;
        const char* change;
        const char* reason;
    } cases[] = {
        {"a NUL byte", "text = 'T' || char(0)",
         "invalid byte sequence for encoding \"UTF8\": 0x00"},
        {"no day", "day = 'someday'", "invalid input syntax for type date: \"someday\""},
        {"no device of that id", "device_id = '00000000-0000-4000-8000-000000000000'",
         "violates foreign key constraint \"notes_device_id_fkey\""},
        {"a rule of the table's own", "text = ''",
         "violates check constraint \"notes_text_check\""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        run(std::string("UPDATE notes SET ") + c.change + " WHERE id = 2");
        const std::string refused = refusal();
        EXPECT_TRUE(
            refused.starts_with("the target: it refuses one of the first 2 rows of notes: "))
            << refused;
        EXPECT_TRUE(refused.contains(c.reason)) << refused;
        EXPECT_TRUE(
            refused.ends_with("Mend that row in the source, then run the same command again"))
            << refused;
        run("UPDATE notes SET text = 'Two', day = NULL, device_id = NULL WHERE id = 2");
    }
    EXPECT_TRUE(move().is_equal());
}

/// PostgreSQL must soon notice that a mover's machine is gone: until then it holds the lock.
TEST_F(TransferTest, ASocketWithoutKeepalivesIsTaken) {
    Target target(m_target->database());
    const Row row = ask(target.connection(),
                        "SELECT inet_server_addr() IS NULL, "
                        "current_setting('tcp_keepalives_idle')")
                        .front();
    EXPECT_EQ(row.text(1), row.boolean(0) ? "0" : "5");
}

TEST_F(TransferTest, AStoreDoesNotOpenOnHalfOfAnInstallation) {
    move();
    on_target("UPDATE muster.transfer SET finished_at = NULL");
    EXPECT_THROW(m_target->open(m_clock, m_random), StoreError);
    move();
    EXPECT_TRUE(m_target->open(m_clock, m_random));
}

}  // namespace
}  // namespace muster::store::transfer
