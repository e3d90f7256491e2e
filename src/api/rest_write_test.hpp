// Two tables that everybody may write, and how a row of a write test is read. Only tests include
// it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>

#include <boost/json/serialize.hpp>

#include "api/api_test.hpp"
#include "api/rest/table_schema.hpp"

namespace muster::api {

using WriteHeaders = std::vector<net::HeaderView>;

inline std::string shown(const Reply& reply) {
    if (reply.body.is_string()) return std::string(reply.body.get_string());
    return boost::json::serialize(reply.body);
}

inline std::string refused(const char* code, const char* message,
                           boost::json::value details = nullptr,
                           boost::json::value hint = nullptr) {
    return boost::json::serialize(boost::json::object{{"code", code},
                                                      {"details", std::move(details)},
                                                      {"hint", std::move(hint)},
                                                      {"message", message}});
}

struct WriteCase {
    const char* name;
    const char* method;
    const char* target;
    const char* body;
    WriteHeaders headers;
    unsigned status;
    const char* range;   ///< Content-Range
    std::string answer;  ///< the body
    const char* after;   ///< what `shelves` holds afterwards
};

inline constexpr const char* untouched = "1 one 3; 2 two 3; 3 three 3; ";
inline const net::HeaderView representation{"Prefer", "return=representation"};
inline const net::HeaderView merge{"Prefer", "resolution=merge-duplicates"};

/// `shelves` hold `boxes`; both may be written by everybody.
class RestWrite : public ApiTest {
protected:
    RestWrite() {
        const bool on_postgres = store::tests_use_postgres();
        define(on_postgres ? R"sql(CREATE TABLE shelves (
            id integer PRIMARY KEY, name text NOT NULL UNIQUE, size integer DEFAULT 3,
            made text, CONSTRAINT shelves_size_check CHECK (size > 0)))sql"
                           : R"sql(CREATE TABLE shelves (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER DEFAULT 3,
            made TEXT, CONSTRAINT shelves_size_check CHECK (size > 0)) STRICT)sql");
        define(on_postgres ? R"sql(CREATE TABLE boxes (
            shelf integer NOT NULL REFERENCES shelves (id), place integer, label text,
            PRIMARY KEY (shelf, place)))sql"
                           : R"sql(CREATE TABLE boxes (
            shelf INTEGER NOT NULL REFERENCES shelves (id), place INTEGER, label TEXT,
            PRIMARY KEY (shelf, place)) STRICT)sql");
        if (on_postgres) {
            define("GRANT ALL ON shelves, boxes TO anon, authenticated, service_role");
            define("GRANT ALL ON shelves, boxes TO muster_server");
        }
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
            "SELECT id || ' ' || name || ' ' || coalesce(CAST(size AS TEXT), 'null') FROM shelves "
            "ORDER BY id");
    }
    std::string boxes() {
        return table(
            "SELECT shelf || ' ' || place || ' ' || coalesce(label, 'null') FROM boxes "
            "ORDER BY shelf, place");
    }
    void expect(const WriteCase& c) {
        SCOPED_TRACE(c.name);
        restore();
        const Reply reply = write(c.method, c.target, c.body, c.headers);
        EXPECT_EQ(reply.status, c.status);
        EXPECT_EQ(reply.header("Content-Range"), c.range);
        EXPECT_EQ(shown(reply), c.answer);
        EXPECT_EQ(shelves(), c.after);
    }
    Reply write(std::string_view method, std::string_view target, const std::string& body,
                WriteHeaders headers = {}) {
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

}  // namespace muster::api
