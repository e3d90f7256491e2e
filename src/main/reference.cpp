// Tables become pages: docs/reference/*.md, kept current by `./dev check`.
// SPDX-License-Identifier: Apache-2.0
#include "main/reference.hpp"

#include <utility>

#include <fmt/format.h>

#include "api/errors.hpp"
#include "api/router.hpp"
#include "base/metrics.hpp"
#include "core/device.hpp"
#include "core/error.hpp"
#include "main/settings.hpp"

namespace muster::main {

namespace {

std::string heading(std::string_view title, std::string_view source, std::string_view text) {
    return fmt::format("# {}\n\nPrinted from `{}` by `./dev reference`.\n\n{}\n\n", title, source,
                       text);
}

std::string_view word_of(base::SettingType type) {
    switch (type) {
        case base::SettingType::text: return "text";
        case base::SettingType::integer: return "number";
        case base::SettingType::boolean: return "on/off";
        case base::SettingType::duration: return "duration";
        case base::SettingType::list: return "list";
    }
    std::unreachable();
}

std::string_view word_of(base::MetricType type) {
    switch (type) {
        case base::MetricType::counter: return "counter";
        case base::MetricType::gauge: return "gauge";
        case base::MetricType::histogram: return "histogram";
    }
    std::unreachable();
}

std::string_view word_of(api::Access access) {
    switch (access) {
        case api::Access::anyone: return "anyone";
        case api::Access::optional: return "anyone; more with credentials";
        case api::Access::required: return "a session or the service key";
        case api::Access::admin: return "the service key; admins where it says so";
    }
    std::unreachable();
}

std::string settings_page() {
    std::string page =
        heading("Settings", "src/main/settings.cpp",
                "The first that has a value wins: flag of `muster serve`, environment, TOML file "
                "(`--config`), default. A duration is a number with ms, s, m, h or d.");
    page += "| key | flag | environment | type | default | meaning |\n|---|---|---|---|---|---|\n";
    for (const base::SettingRow& row : setting_table()) {
        const std::string flag = row.secret ? "none: a secret" : '`' + base::flag_of(row) + '`';
        const std::string fallback = row.fallback.empty() ? "" : fmt::format("`{}`", row.fallback);
        page += fmt::format("| `{}` | {} | `{}` | {} | {} | {} |\n", row.key, flag,
                            base::environment_of(row), word_of(row.type), fallback, row.help);
    }
    return page;
}

std::string metrics_page() {
    std::string page =
        heading("Metrics", "src/base/metrics.cpp", "`GET /metrics`, in Prometheus's text format.");
    page += "| name | type | labels | meaning |\n|---|---|---|---|\n";
    for (const base::MetricRow& row : base::metric_table()) {
        page += fmt::format("| `{}` | {} | {} | {} |\n", row.name, word_of(row.type), row.labels,
                            row.help);
    }
    return page;
}

std::string errors_page() {
    std::string page = heading(
        "Errors", "src/core/error.cpp",
        "`code` is stable; `error` is for people, in English or Spanish by Accept-Language. "
        "`{field}` and `{allowed}` name the input and what would have been accepted.");
    page += "| code | status | English | Spanish |\n|---|---|---|---|\n";
    for (const core::CodeRow& row : core::code_table()) {
        page += fmt::format("| `{}` | {} | {} | {} |\n", row.word, api::status_of(row.kind),
                            row.english, row.spanish);
    }
    return page;
}

std::string events_page() {
    std::string page = heading("Events", "src/core/device.cpp",
                               "The types of `device_events`, and the members of `details`.");
    page += "| event_type | meaning | details |\n|---|---|---|\n";
    for (const core::EventTypeRow& row : core::event_type_table()) {
        page += fmt::format("| `{}` | {} | {} |\n", row.word, row.meaning, row.details);
    }
    return page;
}

std::string routes_page() {
    std::string page = heading("Routes", "src/api/routes.cpp",
                               "Larger bodies than the limit get 413, other methods 405.");
    page += "| method | path | who | body limit | what |\n|---|---|---|---|---|\n";
    for (const api::Route& route : api::route_table()) {
        page += fmt::format("| {} | `{}` | {} | {} | {} |\n", route.method, route.path,
                            word_of(route.access), route.body_bytes_max, route.summary);
    }
    return page;
}

}  // namespace

std::string reference_page(std::string_view name) {
    if (name == "settings") return settings_page();
    if (name == "metrics") return metrics_page();
    if (name == "errors") return errors_page();
    if (name == "events") return events_page();
    if (name == "routes") return routes_page();
    return {};
}

}  // namespace muster::main
