// The SQL of table attempts. A bucket is the time at which it will be full again: what has refilled
// since, and whether it can be forgotten, follow from that.
// SPDX-License-Identifier: Apache-2.0
#include "store/attempts.hpp"

namespace muster::store {

namespace {

double seconds_each(const Bucket& bucket) {
    return 60 / bucket.per_minute;
}

}  // namespace

double take_attempt(Transaction& transaction, const Bucket& bucket) {
    const auto row = transaction.one("SELECT muster.take_attempt($1, $2, $3, $4)", bucket.limit,
                                     bucket.key, bucket.burst, seconds_each(bucket));
    const Cell& left = row.value().cells().front();
    if (const auto* const number = std::get_if<double>(&left)) return *number;
    throw StoreError("attempts: what is left is no number");
}

void give_back_attempt(Transaction& transaction, const Bucket& bucket) {
    transaction.enqueue(R"sql(
        UPDATE attempts SET full_at = full_at - $3 * interval '1 second'
         WHERE limit_name = $1 AND key = $2)sql",
                        bucket.limit, bucket.key, seconds_each(bucket));
}

int forget_full_buckets(Transaction& transaction, int count_max) {
    return static_cast<int>(transaction.execute(R"sql(
        DELETE FROM attempts AS gone
         USING (SELECT limit_name, key, full_at,
                       row_number() OVER (ORDER BY full_at DESC) AS place
                  FROM attempts) AS kept
         WHERE gone.limit_name = kept.limit_name AND gone.key = kept.key
           AND (kept.full_at <= muster.request_time() OR kept.place > $1))sql",
                                                count_max));
}

}  // namespace muster::store
