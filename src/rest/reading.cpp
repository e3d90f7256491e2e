// The WHERE comes first, so that the count shares its parameters.
// SPDX-License-Identifier: Apache-2.0
#include "rest/reading.hpp"

namespace muster::rest {

Result<Found> read_rows(store::Transaction& transaction, const Access& access,
                        const Relation& relation, const Query& query, const ReadOptions& options) {
    Values values;
    SelectionWriter writer(access, values, options.nulls);
    const Source source = writer.open(relation);
    const auto where = writer.where(query.level, source);
    if (!where) return std::unexpected(where.error());
    const std::string from =
        " FROM " + quote_name(relation.name) + " AS " + source.alias + " WHERE " + *where;
    const std::size_t count_values = values.size();
    const auto members = writer.members(query.level, source);
    if (!members) return std::unexpected(members.error());
    const auto order = writer.order(query.level, source);
    if (!order) return std::unexpected(order.error());
    Found found;
    found.shape = shape_of(*members);
    if (options.count) {
        const auto row = transaction.all_of("SELECT count(*)" + from, values.view(count_values));
        found.total = row.at(0).integer(0);
    }
    const std::string page = writer.page(query.level);
    found.rows =
        transaction.all_of("SELECT " + select_list(*members) + from + *order + page, values.view());
    return found;
}

}  // namespace muster::rest
