// Related rows: every cardinality, every way to name a relationship, and parameters of embeds.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read_test.hpp"

namespace muster::api {
namespace {

constexpr ReadRow shape_rows[] = {
    {"to-one by the constraint", "machines?select=id,machines_rack_id_fkey(name)&id=eq.1",
     R"([{"id":1,"machines_rack_id_fkey":{"name":"north"}}])"},
    {"to-one by the column", "machines?select=id,rack_id(name)&id=eq.1",
     R"([{"id":1,"rack_id":{"name":"north"}}])"},
    {"to-one by an alias and the column", "machines?select=id,rack:rack_id(name)&id=eq.1",
     R"([{"id":1,"rack":{"name":"north"}}])"},
    {"to-one by a hint: the constraint",
     "machines?select=racks!machines_rack_id_fkey(name)&id=eq.1",
     R"([{"racks":{"name":"north"}}])"},
    {"to-one by a hint: the column", "machines?select=racks!spare_rack_id(name)&id=eq.1",
     R"([{"racks":{"name":"south"}}])"},
    {"the same table twice",
     "machines?select=home:racks!rack_id(name),spare:racks!spare_rack_id(name)&id=eq.1",
     R"([{"home":{"name":"north"},"spare":{"name":"south"}}])"},
    {"to-one without a row", "machines?select=id,rack_id(name)&id=eq.4",
     R"([{"id":4,"rack_id":null}])"},
    {"to-many", "machines?select=id,parts(id,name)&id=eq.2",
     R"([{"id":2,"parts":[{"id":4,"name":"disk"}]}])"},
    {"to-many without rows", "machines?select=id,parts(id)&id=eq.3", R"([{"id":3,"parts":[]}])"},
    {"to-many by a hint", "racks?select=id,machines!machines_spare_rack_id_fkey(id)&order=id",
     R"([{"id":1,"machines":[{"id":3}]},{"id":2,"machines":[{"id":1}]},{"id":3,"machines":[]}])"},
    {"to-many by the column", "racks?select=id,machines!spare_rack_id(id)&id=eq.2",
     R"([{"id":2,"machines":[{"id":1}]}])"},
    {"one-to-one from the key", "badges?select=code,machines(id)&id=eq.10",
     R"([{"code":"X1","machines":{"id":1}}])"},
    {"one-to-one to the key", "machines?select=id,badges(code)&order=id&limit=3",
     R"([{"id":1,"badges":{"code":"X1"}},{"id":2,"badges":{"code":null}},{"id":3,"badges":null}])"},
    {"many-to-many", "machines?select=id,groups(name)&id=eq.1&groups.order=id",
     R"([{"id":1,"groups":[{"name":"office"},{"name":"lab"}]}])"},
    {"many-to-many the other way", "groups?select=id,machines(id)&machines.order=id&order=id",
     R"([{"id":1,"machines":[{"id":1},{"id":2}]},{"id":2,"machines":[{"id":1}]},)"
     R"({"id":3,"machines":[]}])"},
    {"many-to-many by its junction", "machines?select=id,groups!memberships(id)&id=eq.2",
     R"([{"id":2,"groups":[{"id":1}]}])"},
    {"the junction itself", "memberships?select=groups(name),machines(name)&machine_id=eq.2",
     R"([{"groups":{"name":"office"},"machines":{"name":"Beta"}}])"},
    {"itself: the children by the table",
     "machines?select=id,machines(id)&id=eq.1&machines.order=id",
     R"([{"id":1,"machines":[{"id":2},{"id":3}]}])"},
    {"itself: the parent by the column", "machines?select=id,parent_id(id,name)&id=eq.2",
     R"([{"id":2,"parent_id":{"id":1,"name":"alpha"}}])"},
    {"all columns", "badges?select=id,machines(rack_id(*))&id=eq.10",
     R"([{"id":10,"machines":{"rack_id":{"id":1,"name":"north","site":"Lima"}}}])"},
    {"nested to-many",
     "racks?select=id,machines!rack_id(id,parts(id))&id=eq.1&machines.order=id"
     "&machines.parts.order=id",
     R"([{"id":1,"machines":[{"id":1,"parts":[{"id":1},{"id":2},{"id":3}]},)"
     R"({"id":2,"parts":[{"id":4}]}]}])"},
    {"an alias inside", "machines?select=id,of:parts(what:name)&id=eq.2",
     R"([{"id":2,"of":[{"what":"disk"}]}])"},
    {"a cast and JSON inside", "badges?select=m:machines(size::text,notes->>os)&id=eq.10",
     R"([{"m":{"size":"10","os":"linux"}}])"},
    {"times, booleans and arrays inside",
     "badges?select=machines(seen_at,is_on,labels,price)&id=eq.20",
     R"([{"machines":{"seen_at":"2026-02-01T12:30:00.12+00:00","is_on":false,)"
     R"("labels":["blue"],"price":2.25}}])"},
    {"nothing of it", "machines?select=id,parts()&id=eq.2", R"([{"id":2}])"},
};

constexpr ReadRow spread_rows[] = {
    {"its columns", "badges?select=code,...machines(id,name)&id=eq.10",
     R"([{"code":"X1","id":1,"name":"alpha"}])"},
    {"by the column", "machines?select=id,...rack_id(rack:name)&id=eq.1",
     R"([{"id":1,"rack":"north"}])"},
    {"by a hint", "machines?select=id,...racks!spare_rack_id(spare:name)&id=eq.1",
     R"([{"id":1,"spare":"south"}])"},
    {"without a row", "machines?select=id,...rack_id(rack:name)&id=eq.4",
     R"([{"id":4,"rack":null}])"},
    {"of a spread", "badges?select=code,...machines(...rack_id(rack:name))&id=eq.10",
     R"([{"code":"X1","rack":"north"}])"},
    {"an embed of a spread", "badges?select=code,...machines(rack_id(name))&id=eq.10",
     R"([{"code":"X1","rack_id":{"name":"north"}}])"},
    {"in an embed", "machines?select=badges(code,...machines(name))&id=eq.1",
     R"([{"badges":{"code":"X1","name":"alpha"}}])"},
    {"of many: arrays", "machines?select=id,...parts(part:id,name)&order=id&limit=3&parts.order=id",
     R"([{"id":1,"part":[1,2,3],"name":["disk","fan","case"]},{"id":2,"part":[4],"name":["disk"]},)"
     R"({"id":3,"part":[],"name":[]}])"},
    {"of many-to-many", "machines?select=id,...groups(group:name)&id=eq.1&groups.order=id",
     R"([{"id":1,"group":["office","lab"]}])"},
    {"of an embed without members",
     "machines?select=id,...rack_id(machines!rack_id())&rack_id.name=eq.south&id=eq.1",
     R"q([{"id":1}])q"},
    {"inner", "machines?select=id,...rack_id!inner(rack:name)&rack_id.name=eq.south&order=id",
     R"([{"id":3,"rack":"south"},{"id":5,"rack":"south"}])"},
    {"of many: arrays in one order", "machines?select=id,...parts(part:name,weight)&id=eq.1",
     R"([{"id":1,"part":["disk","fan","case"],"weight":[5,null,9]}])"},
    {"of many, ordered",
     "machines?select=...parts(part:name,weight)&parts.order=weight.desc.nullslast&id=eq.1",
     R"([{"part":["case","disk","fan"],"weight":[9,5,null]}])"},
    {"of many, a page", "machines?select=...parts(part:name)&parts.limit=1&parts.offset=1&id=eq.1",
     R"([{"part":["fan"]}])"},
    {"of many, none", "machines?select=id,...parts(part:name)&id=eq.3", R"([{"id":3,"part":[]}])"},
    {"of many to many", "machines?select=...groups(group:name)&id=eq.1",
     R"([{"group":["office","lab"]}])"},
    {"of many times", "racks?select=...machines!rack_id(seen_at,is_on,labels)&id=eq.1",
     R"([{"seen_at":["2026-01-01T00:00:00+00:00","2026-02-01T12:30:00.12+00:00"],)"
     R"("is_on":[true,false],"labels":[["red","blue"],["blue"]]}])"},
};

constexpr ReadRow parameter_rows[] = {
    {"a filter does not touch the parents",
     "machines?select=id,parts(id)&parts.name=eq.disk&order=id&limit=3",
     R"([{"id":1,"parts":[{"id":1}]},{"id":2,"parts":[{"id":4}]},{"id":3,"parts":[]}])"},
    {"a filter on a to-one",
     "machines?select=id,rack_id(name)&rack_id.name=eq.south&order=id&limit=3",
     R"([{"id":1,"rack_id":null},{"id":2,"rack_id":null},{"id":3,"rack_id":{"name":"south"}}])"},
    {"order", "machines?select=parts(id)&parts.order=weight.desc&id=eq.1",
     R"([{"parts":[{"id":2},{"id":3},{"id":1}]}])"},
    {"order with nulls", "machines?select=parts(id)&parts.order=weight.desc.nullslast&id=eq.1",
     R"([{"parts":[{"id":3},{"id":1},{"id":2}]}])"},
    {"limit", "machines?select=parts(id)&parts.order=id&parts.limit=2&id=eq.1",
     R"([{"parts":[{"id":1},{"id":2}]}])"},
    {"offset", "machines?select=parts(id)&parts.order=id&parts.limit=2&parts.offset=2&id=eq.1",
     R"([{"parts":[{"id":3}]}])"},
    {"limit 0", "machines?select=id,parts(id)&parts.limit=0&id=eq.1", R"([{"id":1,"parts":[]}])"},
    {"limit is each parent's own",
     "machines?select=id,parts(id)&parts.order=id.desc&parts.limit=1&order=id&limit=2",
     R"([{"id":1,"parts":[{"id":3}]},{"id":2,"parts":[{"id":4}]}])"},
    {"or", "machines?select=parts(id)&parts.or=(name.eq.fan,weight.gt.8)&parts.order=id&id=eq.1",
     R"([{"parts":[{"id":2},{"id":3}]}])"},
    {"not.or", "machines?select=parts(id)&parts.not.or=(name.eq.fan,weight.gt.8)&id=eq.1",
     R"([{"parts":[{"id":1}]}])"},
    {"and", "machines?select=parts(id)&parts.and=(name.neq.fan,weight.gt.1)&parts.order=id&id=eq.1",
     R"([{"parts":[{"id":1},{"id":3}]}])"},
    {"by the alias", "machines?select=p:parts(id)&p.name=eq.fan&id=eq.1", R"([{"p":[{"id":2}]}])"},
    {"by the table in spite of an alias", "machines?select=p:parts(id)&parts.name=eq.fan&id=eq.1",
     R"([{"p":[{"id":2}]}])"},
    {"two levels down",
     "racks?select=machines!rack_id(id,parts(id))&machines.parts.name=eq.fan"
     "&machines.order=id&id=eq.1",
     R"([{"machines":[{"id":1,"parts":[{"id":2}]},{"id":2,"parts":[]}]}])"},
    {"many-to-many", "machines?select=groups(id)&groups.name=eq.lab&id=eq.1",
     R"([{"groups":[{"id":2}]}])"},
};

constexpr ReadRow parent_rows[] = {
    {"inner: to-many", "select=id,parts!inner(id)", "1 2"},
    {"inner: to-one", "select=id,rack_id!inner(id)", "1 2 3 5"},
    {"inner and a hint", "select=id,racks!spare_rack_id!inner(id)", "1 3"},
    {"a hint and inner", "select=id,racks!inner!spare_rack_id(id)", "1 3"},
    {"inner: many-to-many", "select=id,groups!inner(id)", "1 2"},
    {"inner with a filter", "select=id,parts!inner(id)&parts.name=eq.fan", "1"},
    {"inner with a filter on a to-one", "select=id,rack_id!inner(id)&rack_id.name=eq.south", "3 5"},
    {"inner with or", "select=id,parts!inner(id)&parts.or=(id.eq.4,weight.is.null)", "1 2"},
    {"inner in inner", "select=id,rack_id!inner(id,vault:machines!spare_rack_id!inner(id))",
     "1 2 3 5"},
    {"inner only inside", "select=id,rack_id(id,machines!spare_rack_id!inner(id))", "1 2 3 4 5"},
    {"left", "select=id,parts!left(id)", "1 2 3 4 5"},
    {"left and a hint", "select=id,racks!spare_rack_id!left(id)", "1 2 3 4 5"},
    {"inner with nothing of it", "select=id,parts!inner()", "1 2"},
    {"is.null", "select=id,parts(id)&parts=is.null", "3 4 5"},
    {"not.is.null", "select=id,parts()&parts=not.is.null", "1 2"},
    {"is.not_null", "select=id,parts()&parts=is.not_null", "1 2"},
    {"is.null of a to-one", "select=id,badges()&badges=is.null", "3 4 5"},
    {"is.null and a filter", "select=id,parts()&parts.name=eq.fan&parts=is.null", "2 3 4 5"},
    {"is.null by the alias", "select=id,p:parts()&p=is.null", "3 4 5"},
    {"is.null in or", "select=id,parts(),groups()&or=(parts.is.null,groups.not.is.null)",
     "1 2 3 4 5"},
    {"is.null in and", "select=id,parts(),badges()&and=(parts.not.is.null,badges.not.is.null)",
     "1 2"},
    {"is.null of many-to-many", "select=id,groups()&groups=is.null", "3 4 5"},
    {"any of two embeds",
     "select=id,parts(),badges()&parts.name=eq.case&badges.id=eq.20"
     "&or=(parts.not.is.null,badges.not.is.null)",
     "1 2"},
};

constexpr ReadRow order_rows[] = {
    {"by a to-one", "machines?select=id,rack_id(name)&order=rack_id(name).desc,id", "4 3 5 1 2"},
    {"nulls last", "machines?select=id,rack_id(name)&order=rack_id(name).desc.nullslast,id",
     "3 5 1 2 4"},
    {"by an alias", "machines?select=id,rack:rack_id(name)&order=rack(name),id.desc", "2 1 5 3 4"},
    {"by a one-to-one", "machines?select=id,badges(code)&order=badges(id).desc.nullslast,id",
     "2 1 3 4 5"},
    {"by a column that is not selected", "machines?select=id,rack_id()&order=rack_id(id),id",
     "1 2 3 5 4"},
};

class RestReadEmbeds : public RestRead {
protected:
    template <std::size_t size>
    void expect_bodies(const ReadRow (&rows)[size]) {
        for (const ReadRow& row : rows) {
            SCOPED_TRACE(row.name);
            EXPECT_EQ(body(row.target), row.answer);
        }
    }
    template <std::size_t size>
    void expect_ids(const ReadRow (&rows)[size], std::string_view before, std::string_view after) {
        for (const ReadRow& row : rows) {
            SCOPED_TRACE(row.name);
            EXPECT_EQ(ids(std::string(before) + std::string(row.target) + std::string(after)),
                      row.answer);
        }
    }
};

TEST_F(RestReadEmbeds, Shapes) {
    expect_bodies(shape_rows);
}

TEST_F(RestReadEmbeds, Spreads) {
    expect_bodies(spread_rows);
}

TEST_F(RestReadEmbeds, Parameters) {
    expect_bodies(parameter_rows);
}

TEST_F(RestReadEmbeds, ChooseParents) {
    expect_ids(parent_rows, "machines?", "&order=id");
}

TEST_F(RestReadEmbeds, OrderParents) {
    expect_ids(order_rows, "", "");
}

}  // namespace
}  // namespace muster::api
