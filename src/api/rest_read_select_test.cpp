// What a row looks like: columns, JSON paths, casts; which rows a logic tree finds; their order.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read_test.hpp"

namespace muster::api {
namespace {

constexpr ReadRow select_rows[] = {
    {"columns in the order asked for", "racks?select=site,id&id=eq.1",
     R"([{"site":"Lima","id":1}])"},
    {"all columns", "racks?id=eq.2", R"([{"id":2,"name":"south","site":null}])"},
    {"an empty list: nothing of each row", "racks?select=&id=eq.2", R"([{}])"},
    {"all and one again", "racks?select=*,label:name&id=eq.2",
     R"([{"id":2,"name":"south","site":null,"label":"south"}])"},
    {"an alias", "racks?select=label:name&id=eq.1", R"([{"label":"north"}])"},
    {"a quoted alias", R"(racks?select="a.b":name&id=eq.1)", R"([{"a.b":"north"}])"},
    {"a quoted column", R"(racks?select="name"&id=eq.1)", R"([{"name":"north"}])"},
    {"blanks around names", "racks?select=id , name&id=eq.1", R"([{"id":1,"name":"north"}])"},
    {"no rows", "racks?id=eq.9", "[]"},
    {"two rows", "racks?select=id&order=id&limit=2", R"([{"id":1},{"id":2}])"},
    {"every type", "machines?select=size,price,is_on,seen_at,built_on,labels,serial&id=eq.2",
     R"([{"size":20,"price":2.25,"is_on":false,"seen_at":"2026-02-01T12:30:00.12+00:00",)"
     R"("built_on":"2025-02-01","labels":["blue"],)"
     R"("serial":"aaaaaaaa-0000-4000-8000-000000000002"}])"},
    {"every type without a value",
     "machines?select=size,price,is_on,seen_at,built_on,notes,serial&id=eq.3",
     R"([{"size":null,"price":null,"is_on":null,"seen_at":null,"built_on":null,"notes":null,)"
     R"("serial":null}])"},
    {"a whole second", "machines?select=seen_at&id=eq.1",
     R"([{"seen_at":"2026-01-01T00:00:00+00:00"}])"},
    {"a microsecond", "machines?select=seen_at&id=eq.4",
     R"([{"seen_at":"2026-03-01T00:00:00.000001+00:00"}])"},
    {"text with quotes", "machines?select=name&id=eq.5", R"([{"name":"say \"hi\""}])"},
    {"a view", "user_roles?select=role&limit=0", "[]"},
};

constexpr ReadRow json_rows[] = {
    {"a member", "machines?select=notes->os&id=eq.1", R"([{"os":"linux"}])"},
    {"a member as text", "machines?select=notes->>os&id=eq.1", R"([{"os":"linux"}])"},
    {"behind text there is nothing", "machines?select=notes->os->>x->y&id=eq.1", R"([{"y":null}])"},
    {"a number", "machines?select=notes->cpu->cores&id=eq.1", R"([{"cores":4}])"},
    {"a number as text", "machines?select=notes->cpu->>cores&id=eq.1", R"([{"cores":"4"}])"},
    {"an object", "machines?select=notes->cpu&id=eq.1", R"([{"cpu":{"cores":4}}])"},
    {"an object as text", "machines?select=notes->>tags&id=eq.2", R"([{"tags":"[\"b\"]"}])"},
    {"true as text", "machines?select=notes->>ok&id=eq.1", R"([{"ok":"true"}])"},
    {"null", "machines?select=notes->none&id=eq.1", R"([{"none":null}])"},
    {"null as text", "machines?select=notes->>none&id=eq.1", R"([{"none":null}])"},
    {"what is not there", "machines?select=notes->no->where&id=eq.1", R"([{"where":null}])"},
    {"an element", "machines?select=notes->tags->0&id=eq.1", R"([{"tags":"a"}])"},
    {"an element as text", "machines?select=notes->tags->>1&id=eq.1", R"([{"tags":"b"}])"},
    {"the last element", "machines?select=notes->tags->-1&id=eq.1", R"([{"tags":"b"}])"},
    {"beyond the end", "machines?select=notes->tags->9&id=eq.1", R"([{"tags":null}])"},
    {"an index of an object", "machines?select=notes->0&id=eq.1", R"([{"notes":null}])"},
    {"an alias", "machines?select=system:notes->>os&id=eq.1", R"([{"system":"linux"}])"},
    {"a quoted key", R"(machines?select=notes->>"os"&id=eq.1)", R"([{"os":"linux"}])"},
    {"of no JSON", "machines?select=notes->os&id=eq.3", R"([{"os":null}])"},
    {"an element of an array", "machines?select=labels->1&id=eq.1", R"([{"labels":"blue"}])"},
    {"an element of an array as text", "machines?select=first:labels->>0&id=eq.5",
     R"([{"first":"green"}])"},
    {"inside of a text there is nothing", "machines?select=name->a,name->>0&id=eq.1",
     R"([{"a":null,"name":null}])"},
};

constexpr ReadRow cast_rows[] = {
    {"integer to text", "machines?select=size::text&id=eq.1", R"([{"size":"10"}])"},
    {"boolean to text", "machines?select=is_on::text&id=eq.1", R"([{"is_on":"true"}])"},
    {"null to text", "machines?select=is_on::text&id=eq.3", R"([{"is_on":null}])"},
    {"numeric to text", "machines?select=price::text&id=eq.2", R"([{"price":"2.25"}])"},
    {"timestamp to text", "machines?select=seen_at::text&id=eq.2",
     R"([{"seen_at":"2026-02-01 12:30:00.12+00"}])"},
    {"a whole second to text", "machines?select=seen_at::text&id=eq.1",
     R"([{"seen_at":"2026-01-01 00:00:00+00"}])"},
    {"timestamp to date", "machines?select=seen_at::date&id=eq.2", R"([{"seen_at":"2026-02-01"}])"},
    {"date to text", "machines?select=built_on::text&id=eq.1", R"([{"built_on":"2025-01-01"}])"},
    {"uuid to text", "machines?select=serial::text&id=eq.1",
     R"([{"serial":"aaaaaaaa-0000-4000-8000-000000000001"}])"},
    {"array to text", "machines?select=labels::text&id=eq.5",
     R"([{"labels":"{green,\"a b\",\"c,d\"}"}])"},
    {"an empty array to text", "machines?select=labels::text&id=eq.3", R"([{"labels":"{}"}])"},
    {"numeric to integer", "machines?select=price::integer&id=eq.1", R"([{"price":2}])"},
    {"boolean to integer", "machines?select=is_on::int&id=eq.1", R"([{"is_on":1}])"},
    {"integer to bigint", "machines?select=size::int8&id=eq.1", R"([{"size":10}])"},
    {"text to integer", "machines?select=cores:notes->cpu->>cores::int&id=eq.1",
     R"([{"cores":4}])"},
    {"an alias", "machines?select=n:size::text&id=eq.1", R"([{"n":"10"}])"},
    {"its own type", "machines?select=name::text&id=eq.1", R"([{"name":"alpha"}])"},
    {"varchar", "machines?select=size::varchar&id=eq.1", R"([{"size":"10"}])"},
};

constexpr ReadRow logic_rows[] = {
    {"or", "or=(id.eq.1,id.eq.3)", "1 3"},
    {"and", "and=(id.gte.2,id.lte.4)", "2 3 4"},
    {"or of one", "or=(id.eq.1)", "1"},
    {"or beside a filter", "or=(id.eq.1,id.eq.2)&is_on=is.true", "1"},
    {"two ors", "or=(id.eq.1,id.eq.2)&or=(id.eq.2,id.eq.3)", "2"},
    {"and in or", "or=(id.eq.1,and(size.eq.20,is_on.is.false))", "1 2 5"},
    {"or in and", "and=(or(id.eq.1,id.eq.2),size.gt.10)", "2"},
    {"three levels", "or=(id.eq.4,and(id.lt.4,or(size.eq.10,size.is.null)))", "1 3 4"},
    {"not.or", "not.or=(id.eq.1,id.eq.2)", "3 4 5"},
    {"not.and", "not.and=(id.gte.2,id.lte.4)", "1 5"},
    {"not inside", "or=(not.and(id.gte.2,id.lte.4),id.eq.3)", "1 3 5"},
    {"not of a condition", "and=(id.not.eq.1,id.not.eq.2)", "3 4 5"},
    {"not.and of a null is null", "not.and=(size.eq.10,id.eq.3)", "1 2 4 5"},
    {"a list", "or=(id.in.(1,2),id.eq.5)", "1 2 5"},
    {"a list of quoted texts", R"q(or=(name.in.("gamma, (x)",alpha),id.eq.5))q", "1 3 5"},
    {"an empty list", "or=(id.in.(),id.eq.5)", "5"},
    {"a quoted text", R"q(or=(name.eq."gamma, (x)",id.eq.1))q", "1 3"},
    {"an array", "or=(labels.cs.{red,blue},id.eq.5)", "1 5"},
    {"any", "or=(name.like(any).{a*,B*},id.eq.5)", "1 2 5"},
    {"JSON", "or=(notes->>os.eq.macos,notes->cpu->>cores.eq.16)", "2 5"},
    {"is", "or=(size.is.null,is_on.is.true)", "1 3 4"},
    {"isdistinct", "and=(size.isdistinct.20,id.lt.4)", "1 3"},
    {"blanks", "or=( id.eq.1 , id.eq.3 )", "1 3"},
};

constexpr ReadRow order_rows[] = {
    {"ascending by default", "order=size,id", "4 1 2 5 3"},
    {"asc", "order=size.asc,id.asc", "4 1 2 5 3"},
    {"desc: nulls first", "order=size.desc,id", "3 2 5 1 4"},
    {"desc.nullslast", "order=size.desc.nullslast,id", "2 5 1 4 3"},
    {"asc.nullsfirst", "order=size.asc.nullsfirst,id.desc", "3 4 1 5 2"},
    {"nullsfirst alone", "order=size.nullsfirst,id", "3 4 1 2 5"},
    {"the second decides", "order=is_on.desc.nullslast,id.desc", "4 1 5 2 3"},
    {"time", "order=seen_at", "5 1 2 4 3"},
    {"date", "order=built_on.desc.nullslast,id", "2 1 4 3 5"},
    {"capitals before small letters", "order=name", "2 1 4 3 5"},
    {"a column that is not selected", "select=id&order=price.desc.nullslast", "5 2 1 4 3"},
    {"JSON as text", "order=notes->>os.desc.nullslast,id", "2 1 5 3 4"},
    {"JSON numbers", "order=notes->cpu->cores.desc.nullslast,id", "5 2 1 3 4"},
    {"blanks before a name", "order= size.desc, id", "3 2 5 1 4"},
};

constexpr ReadRow json_comparison_rows[] = {
    {"numbers", "notes->cpu->cores=gt.4", "2 5"},
    {"a number spelt otherwise", "notes->cpu->cores=eq.8.0", "2"},
    {"between", "notes->cpu->cores=gte.4&notes->cpu->cores=lt.16", "1 2"},
    {"a text", R"(notes->os=eq."linux")", "1 5"},
    {"true", "notes->ok=eq.true", "1"},
    {"a list", "notes->cpu->cores=in.(4,16)", "1 5"},
    {"as text: digit by digit", "notes->cpu->>cores=gt.2", "1 2"},
    {"as text", "notes->>os=neq.linux", "2"},
    {"an element", "notes->tags->>0=eq.b", "2"},
    {"isdistinct", R"(notes->os=isdistinct."linux")", "2 3 4"},
};

class RestReadSelect : public RestRead {
protected:
    template <std::size_t size>
    void expect_bodies(const ReadRow (&rows)[size]) {
        for (const ReadRow& row : rows) {
            SCOPED_TRACE(row.name);
            EXPECT_EQ(body(row.target), row.answer);
        }
    }
    template <std::size_t size>
    void expect_ids(const ReadRow (&rows)[size], std::string_view base) {
        for (const ReadRow& row : rows) {
            SCOPED_TRACE(row.name);
            EXPECT_EQ(ids(std::string(base) + std::string(row.target)), row.answer);
        }
    }
};

TEST_F(RestReadSelect, Columns) {
    expect_bodies(select_rows);
}

TEST_F(RestReadSelect, JsonPaths) {
    expect_bodies(json_rows);
}

TEST_F(RestReadSelect, Casts) {
    expect_bodies(cast_rows);
}

TEST_F(RestReadSelect, LogicTrees) {
    expect_ids(logic_rows, "machines?order=id&");
}

TEST_F(RestReadSelect, JsonComparisons) {
    expect_ids(json_comparison_rows, "machines?order=id&");
}

TEST_F(RestReadSelect, Order) {
    expect_ids(order_rows, "machines?");
}

}  // namespace
}  // namespace muster::api
