// The WHERE comes first, so that the count shares its parameters.
// SPDX-License-Identifier: Apache-2.0
#include "rest/reading.hpp"

namespace muster::rest {

void reveal_rows(const Access& access, Found& found) {
    if (access.dialect().reveal_mark().empty()) return;
    for (store::Row& row : found.rows) {
        std::vector<store::Cell> cells(row.cells().begin(), row.cells().end());
        for (std::size_t i = 0; i < cells.size() && i < found.shape.size(); ++i) {
            auto* const text = std::get_if<std::string>(&cells[i]);
            if (text) access.reveal(*text, found.shape[i].kind == store::RowKind::json);
        }
        row = store::Row(std::move(cells));
    }
}

Result<Found> read_rows(store::Transaction& transaction, const Access& access,
                        const Relation& relation, const Query& query, const ReadOptions& options) {
    Values values(access.dialect());
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
    reveal_rows(access, found);
    return found;
}

}  // namespace muster::rest
