// Writing through the table API: answers of each verb, preferences, refusals byte for byte. What
// may be written by whom is isolation_test.cpp's.
// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "api/api_test.hpp"
#include "api/rest/table_schema.hpp"

namespace muster::api {
namespace {

namespace json = boost::json;
using Headers = std::vector<net::HeaderView>;

/// `shelves` hold `boxes`; both may be written by everybody.
class RestWrite : public ApiTest {
protected:
    RestWrite() {
        const auto made = m_store->write_now([&](store::Transaction& tx) -> core::Result<int> {
            tx.execute(R"sql(CREATE TABLE shelves (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER DEFAULT 3,
                made TEXT, CONSTRAINT shelves_size_check CHECK (size > 0)) STRICT)sql");
            tx.execute(R"sql(CREATE TABLE boxes (
                shelf INTEGER NOT NULL REFERENCES shelves (id), place INTEGER, label TEXT,
                PRIMARY KEY (shelf, place)) STRICT)sql");
            return 0;
        });
        if (!made) throw std::runtime_error("no tables");
        const auto file = m_folder / "policies.sql";
        std::ofstream(file) << "GRANT ALL ON shelves, boxes TO anon, authenticated, service_role;";
        auto loaded = load_table_schema(*m_store, *m_sealer, {file});
        if (!loaded) throw std::runtime_error(loaded.error());
        m_tables = std::make_unique<rest::Schema>(std::move(*loaded));
        m_services->tables = m_tables.get();
        restore();
    }

    void restore() {
        const auto made = m_store->write_now([&](store::Transaction& tx) -> core::Result<int> {
            tx.execute("DELETE FROM boxes");
            tx.execute("DELETE FROM shelves");
            tx.execute(
                "INSERT INTO shelves (id, name) VALUES (1, 'one'), (2, 'two'), (3, 'three')");
            tx.execute("INSERT INTO boxes VALUES (1, 1, 'a'), (1, 2, 'b')");
            return 0;
        });
        if (!made) throw std::runtime_error("no rows");
    }

    std::string shelves() {
        return table(
            "SELECT id || ' ' || name || ' ' || coalesce(size, 'null') FROM shelves "
            "ORDER BY id");
    }
    std::string boxes() {
        return table(
            "SELECT shelf || ' ' || place || ' ' || coalesce(label, 'null') FROM boxes "
            "ORDER BY shelf, place");
    }
    Reply write(std::string_view method, std::string_view target, const std::string& body,
                Headers headers = {}) {
        return send(Who::anon_key, method, "/rest/v1/" + std::string(target), body,
                    std::move(headers));
    }

private:
    std::string table(std::string_view sql) {
        const auto text = m_store->read_now([&](store::Transaction& tx) {
            std::string lines;
            for (const store::Row& row : tx.all(sql)) lines += row.text(0) + "; ";
            return core::Result<std::string>(lines);
        });
        return *text;
    }
};

std::string shown(const Reply& reply) {
    if (reply.body.is_string()) return std::string(reply.body.get_string());
    return json::serialize(reply.body);
}

std::string refused(const char* code, const char* message, json::value details = nullptr,
                    json::value hint = nullptr) {
    return json::serialize(json::object{{"code", code},
                                        {"details", std::move(details)},
                                        {"hint", std::move(hint)},
                                        {"message", message}});
}

struct Case {
    const char* name;
    const char* method;
    const char* target;
    const char* body;
    Headers headers;
    unsigned status;
    const char* range;   ///< Content-Range
    std::string answer;  ///< the body
    const char* after;   ///< what `shelves` holds afterwards
};

constexpr const char* untouched = "1 one 3; 2 two 3; 3 three 3; ";
const net::HeaderView representation{"Prefer", "return=representation"};
const net::HeaderView merge{"Prefer", "resolution=merge-duplicates"};
const net::HeaderView ignore{"Prefer", "resolution=ignore-duplicates"};

const Case cases[] = {
    {"insert",
     "POST",
     "shelves",
     R"({"name":"x"})",
     {},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"insert, shown",
     "POST",
     "shelves",
     R"({"name":"x"})",
     {representation},
     201,
     "*/*",
     R"([{"id":4,"name":"x","size":3,"made":null}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"insert, shown in part",
     "POST",
     "shelves?select=n:name",
     R"({"name":"x"})",
     {representation},
     201,
     "*/*",
     R"([{"n":"x"}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"insert, one object",
     "POST",
     "shelves?select=id",
     R"([{"name":"x"}])",
     {representation, {"Accept", "application/vnd.pgrst.object+json"}},
     201,
     "*/*",
     R"({"id":4})",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"two, counted",
     "POST",
     "shelves?select=id",
     R"([{"name":"x"},{"name":"y"}])",
     {{"Prefer", "return=representation,count=exact"}},
     201,
     "*/2",
     R"([{"id":4},{"id":5}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; 5 y 3; "},
    {"nothing", "POST", "shelves", "[]", {representation}, 201, "*/*", "[]", untouched},
    {"an empty row has no name",
     "POST",
     "shelves",
     "{}",
     {},
     400,
     "",
     refused("23502",
             "null value in column \"name\" of relation \"shelves\" violates not-null constraint",
             "Failing row contains (null, null, null, null)."),
     untouched},
    {"columns leave members out",
     "POST",
     "shelves?columns=name&select=*",
     R"([{"name":"x","size":9,"nonsense":1}])",
     {representation},
     201,
     "*/*",
     R"([{"id":4,"name":"x","size":3,"made":null}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; "},
    {"missing members are null",
     "POST",
     "shelves?columns=name,size",
     R"([{"name":"x"},{"name":"y","size":1}])",
     {},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x null; 5 y 1; "},
    {"missing members by default",
     "POST",
     "shelves?columns=name,size",
     R"([{"name":"x"},{"name":"y","size":1}])",
     {{"Prefer", "missing=default"}},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x 3; 5 y 1; "},
    {"CSV",
     "POST",
     "shelves",
     "name,size\nx,NULL\ny,5\n",
     {{"Content-Type", "text/csv"}},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x null; 5 y 5; "},
    {"a form",
     "POST",
     "shelves",
     "name=x&size=5",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     201,
     "*/*",
     "",
     "1 one 3; 2 two 3; 3 three 3; 4 x 5; "},
    {"upsert of one that is there",
     "POST",
     "shelves",
     R"({"id":1,"name":"x"})",
     {merge},
     200,
     "*/*",
     "",
     "1 x 3; 2 two 3; 3 three 3; "},
    {"upsert of one that is there and a new one",
     "POST",
     "shelves?select=id",
     R"([{"id":1,"name":"x"},{"id":9,"name":"y"}])",
     {{"Prefer", "resolution=merge-duplicates,return=representation"}},
     201,
     "*/*",
     R"([{"id":1},{"id":9}])",
     "1 x 3; 2 two 3; 3 three 3; 9 y 3; "},
    {"upsert by another key",
     "POST",
     "shelves?on_conflict=name",
     R"({"name":"two","size":7})",
     {merge},
     200,
     "*/*",
     "",
     "1 one 3; 2 two 7; 3 three 3; "},
    {"upsert that leaves duplicates alone",
     "POST",
     "shelves?on_conflict=name&select=id",
     R"([{"name":"two","size":7},{"name":"x","size":1}])",
     {{"Prefer", "resolution=ignore-duplicates,return=representation"}},
     201,
     "*/*",
     R"([{"id":4}])",
     "1 one 3; 2 two 3; 3 three 3; 4 x 1; "},
    {"upsert by what is not unique",
     "POST",
     "shelves?on_conflict=size",
     R"({"name":"x"})",
     {merge},
     400,
     "",
     refused("42P10",
             "there is no unique or exclusion constraint matching the ON CONFLICT specification"),
     untouched},
    {"update",
     "PATCH",
     "shelves?id=gt.1",
     R"({"size":8})",
     {},
     204,
     "0-1/*",
     "",
     "1 one 3; 2 two 8; 3 three 8; "},
    {"update, counted",
     "PATCH",
     "shelves?id=gt.1",
     R"({"size":8})",
     {{"Prefer", "count=exact"}},
     204,
     "0-1/2",
     "",
     "1 one 3; 2 two 8; 3 three 8; "},
    {"update, shown in order",
     "PATCH",
     "shelves?id=gt.1&select=id,size&order=id.desc",
     R"({"size":8})",
     {representation},
     200,
     "0-1/*",
     R"([{"id":3,"size":8},{"id":2,"size":8}])",
     "1 one 3; 2 two 8; 3 three 8; "},
    {"update of what was looked for",
     "PATCH",
     "shelves?size=eq.3&id=eq.1&select=size",
     R"({"size":8})",
     {representation},
     200,
     "0-0/*",
     R"([{"size":8}])",
     "1 one 8; 2 two 3; 3 three 3; "},
    {"update of nobody",
     "PATCH",
     "shelves?id=eq.7",
     R"({"size":8})",
     {representation},
     200,
     "*/*",
     "[]",
     untouched},
    {"update with nothing", "PATCH", "shelves?id=eq.1", "{}", {}, 204, "*/*", "", untouched},
    {"update of a key",
     "PATCH",
     "shelves?id=eq.2&select=id",
     R"({"id":20})",
     {representation},
     200,
     "0-0/*",
     R"([{"id":20}])",
     "1 one 3; 3 three 3; 20 two 3; "},
    {"update of one object that is two",
     "PATCH",
     "shelves?id=gt.1",
     R"({"size":8})",
     {{"Accept", "application/vnd.pgrst.object+json"}},
     406,
     "",
     refused("PGRST116", "Cannot coerce the result to a single JSON object",
             "The result contains 2 rows"),
     untouched},
    {"update of more than wanted",
     "PATCH",
     "shelves",
     R"({"size":8})",
     {{"Prefer", "handling=strict, max-affected=2"}},
     400,
     "",
     refused("PGRST124", "Query result exceeds max-affected preference constraint",
             "The query affects 3 rows"),
     untouched},
    {"update of as many as wanted",
     "PATCH",
     "shelves",
     R"({"size":8})",
     {{"Prefer", "handling=strict, max-affected=3"}},
     204,
     "0-2/*",
     "",
     "1 one 8; 2 two 8; 3 three 8; "},
    {"delete", "DELETE", "shelves?id=eq.3", "", {}, 204, "*/*", "", "1 one 3; 2 two 3; "},
    {"delete, counted",
     "DELETE",
     "shelves?id=gte.2",
     "",
     {{"Prefer", "count=exact"}},
     204,
     "*/2",
     "",
     "1 one 3; "},
    {"delete, shown",
     "DELETE",
     "shelves?id=gte.2&select=id&order=id.desc",
     "",
     {representation},
     200,
     "*/*",
     R"([{"id":3},{"id":2}])",
     "1 one 3; "},
    {"delete of nobody",
     "DELETE",
     "shelves?id=eq.7",
     "",
     {representation},
     200,
     "*/*",
     "[]",
     untouched},
    {"put of one that is there",
     "PUT",
     "shelves?id=eq.1",
     R"({"id":1,"name":"x"})",
     {},
     204,
     "",
     "",
     "1 x 3; 2 two 3; 3 three 3; "},
    {"put of a new one",
     "PUT",
     "shelves?id=eq.9",
     R"({"id":9,"name":"x"})",
     {representation},
     201,
     "",
     R"([{"id":9,"name":"x","size":3,"made":null}])",
     "1 one 3; 2 two 3; 3 three 3; 9 x 3; "},
    {"put without its key",
     "PUT",
     "shelves?name=eq.x",
     R"({"id":9,"name":"x"})",
     {},
     405,
     "",
     refused("PGRST105",
             "Filters must include all and only primary key columns with 'eq' operators"),
     untouched},
    {"put of another",
     "PUT",
     "shelves?id=eq.8",
     R"({"id":9,"name":"x"})",
     {},
     400,
     "",
     refused("PGRST115", "Payload values do not match URL in primary key column(s)"),
     untouched},
    {"put with a limit",
     "PUT",
     "shelves?id=eq.9&limit=1",
     R"({"id":9,"name":"x"})",
     {},
     400,
     "",
     refused("PGRST114", "limit/offset querystring parameters are not allowed for PUT"),
     untouched},
    {"a duplicate",
     "POST",
     "shelves",
     R"([{"name":"x"},{"name":"one"}])",
     {},
     409,
     "",
     refused("23505", "duplicate key value violates unique constraint \"shelves_name_key\"",
             "Key (name)=(one) already exists."),
     untouched},
    {"a check",
     "PATCH",
     "shelves?id=eq.1",
     R"({"size":0})",
     {},
     400,
     "",
     refused("23514",
             "new row for relation \"shelves\" violates check constraint \"shelves_size_check\"",
             "Failing row contains (null, null, 0, null)."),
     untouched},
    {"of what type",
     "POST",
     "shelves",
     R"({"name":"x","size":"many"})",
     {},
     400,
     "",
     refused("22P02", "invalid input syntax for type bigint: \"many\""),
     untouched},
    {"an unknown column",
     "POST",
     "shelves",
     R"({"nome":"x"})",
     {},
     400,
     "",
     refused("PGRST204", "Could not find the 'nome' column of 'shelves' in the schema cache"),
     untouched},
    {"an unknown column among columns",
     "PATCH",
     "shelves?columns=nome",
     R"({"nome":"x"})",
     {},
     400,
     "",
     refused("PGRST204", "Could not find the 'nome' column of 'shelves' in the schema cache"),
     untouched},
    {"members that differ",
     "POST",
     "shelves",
     R"([{"name":"x"},{"name":"y","size":1}])",
     {},
     400,
     "",
     refused("PGRST102", "All object keys must match"),
     untouched},
    {"no JSON",
     "POST",
     "shelves",
     R"({"name":)",
     {},
     400,
     "",
     refused("PGRST102", "Empty or invalid json"),
     untouched},
    {"no body",
     "POST",
     "shelves",
     "",
     {},
     400,
     "",
     refused("PGRST102", "Empty or invalid json"),
     untouched},
    {"another schema",
     "POST",
     "shelves",
     R"({"name":"x"})",
     {{"Content-Profile", "auth"}},
     406,
     "",
     refused("PGRST106", "Invalid schema: auth", nullptr,
             "Only the following schemas are exposed: public"),
     untouched},
    {"an unknown preference, strictly",
     "POST",
     "shelves",
     R"({"name":"x"})",
     {{"Prefer", "handling=strict, foo"}},
     400,
     "",
     refused("PGRST122", "Invalid preferences given with handling=strict",
             "Invalid preferences: foo"),
     untouched},
};

TEST_F(RestWrite, AnswersAndEffects) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        restore();
        const Reply reply = write(c.method, c.target, c.body, c.headers);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.header("Content-Range"), c.range);
        EXPECT_EQ(shown(reply), c.answer);
        EXPECT_EQ(shelves(), c.after);
    }
}

}  // namespace
}  // namespace muster::api
