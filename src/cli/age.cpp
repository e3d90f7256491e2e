// The largest unit that fits: what is past rounded down, what is to come rounded up.
// SPDX-License-Identifier: Apache-2.0
#include "cli/age.hpp"

#include <chrono>

namespace muster::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds just_now_max{5};
constexpr days relative_max{60};

template <class Unit>
std::string count_of(microseconds distance, const char* suffix) {
    return std::to_string(std::chrono::duration_cast<Unit>(distance).count()) + suffix;
}

std::string distance_text(microseconds distance) {
    if (distance < minutes(1)) return count_of<seconds>(distance, "s");
    if (distance < hours(1)) return count_of<minutes>(distance, "m");
    if (distance < days(1)) return count_of<hours>(distance, "h");
    return count_of<days>(distance, "d");
}

microseconds rounded_up(microseconds distance) {
    if (distance < minutes(1)) return std::chrono::ceil<seconds>(distance);
    if (distance < hours(1)) return std::chrono::ceil<minutes>(distance);
    if (distance < days(1)) return std::chrono::ceil<hours>(distance);
    return std::chrono::ceil<days>(distance);
}

}  // namespace

std::string age_of(core::Timestamp at, core::Timestamp now) {
    const microseconds age = now - at;
    const microseconds distance = age < microseconds(0) ? -age : age;
    if (distance < just_now_max) return "just now";
    if (distance >= relative_max) return core::to_text(at).substr(0, 10);
    // A token made just now for 24 hours is good for 24 hours, not for 23.
    if (age < microseconds(0)) return "in " + distance_text(rounded_up(distance));
    return distance_text(distance) + " ago";
}

std::string age_of(std::string_view text, core::Timestamp now) {
    const auto at = core::parse_timestamp(text);
    return at ? age_of(*at, now) : std::string(text);
}

}  // namespace muster::cli
