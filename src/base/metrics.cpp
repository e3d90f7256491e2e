// The numbers that /metrics shows: prometheus-cpp keeps and prints them; here a call finds its
// series without the allocations and the lock of Family::Add.
// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/stop.hpp"

namespace muster::base {
namespace {

using enum Metric;
using enum MetricType;

constexpr std::array<MetricRow, 19> table{{
    {http_requests, counter, "muster_http_requests_total", "route,status",
     "Requests answered, by route and status."},
    {http_request_duration, histogram, "muster_http_request_duration_seconds", "route",
     "Time from a request's last byte to its answer's first, by route."},
    {http_connections, gauge, "muster_http_connections", "", "Open client connections."},
    {rate_limited, counter, "muster_rate_limited_total", "limit",
     "Requests refused by a rate limit."},
    {store_commits, counter, "muster_store_commits_total", "", "Group commits that are on disk."},
    {store_writes, counter, "muster_store_writes_total", "", "Units of work in the group commits."},
    {store_queue_depth, gauge, "muster_store_queue_depth", "queue",
     "Units of work that wait for a storage thread."},
    {store_checkpoints, counter, "muster_store_checkpoints_total", "",
     "Checkpoints of the write-ahead log."},
    {password_queue_depth, gauge, "muster_password_queue_depth", "",
     "Passwords that wait to be hashed."},
    {network_jobs_waiting, gauge, "muster_network_jobs_waiting", "",
     "Jobs that wait to be delivered to a network."},
    {network_job_attempts, counter, "muster_network_job_attempts_total", "kind,outcome",
     "Attempts to deliver a job to a network."},
    {network_calls, counter, "muster_network_calls_total", "network,call,outcome",
     "Calls of a network's control plane."},
    {network_connections, gauge, "muster_network_connections", "network,state",
     "Network connections that this server has used, by how their calls fare."},
    {network_shadows, gauge, "muster_network_shadow_nodes", "network,connection",
     "Nodes of a network that are no device's, when it was last compared."},
    {reconcile_duration, histogram, "muster_reconcile_duration_seconds", "network",
     "Time that a comparison of a network with the roster took, once the network had answered."},
    {sweeps, counter, "muster_sweeps_total", "job", "Runs of a background job."},
    {sweep_changes, counter, "muster_sweep_changes_total", "job",
     "Devices that a background job changed."},
    {mails, counter, "muster_mails_total", "outcome", "Mails by what became of them."},
    {devices, gauge, "muster_devices", "status", "Devices by status."},
}};

std::size_t index_of(Metric metric) {
    return static_cast<std::size_t>(metric);
}

const prometheus::Histogram::BucketBoundaries duration_buckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

/// Series of one metric; further label values are counted as "other".
constexpr std::size_t series_max = 1000;

std::vector<std::string> split_labels(std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        names.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return names;
}

struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const noexcept {
        return std::hash<std::string_view>{}(key);
    }
};

template <class T>
prometheus::Family<T>& register_family(prometheus::Registry& registry, const MetricRow& row) {
    prometheus::detail::Builder<T> builder;
    return builder.Name(std::string(row.name)).Help(std::string(row.help)).Register(registry);
}

/// One family with its series by label values.
template <class T>
class SeriesMap {
public:
    SeriesMap(prometheus::Registry& registry, const MetricRow& row)
        : m_family(register_family<T>(registry, row)), m_names(split_labels(row.labels)) {
        if (m_names.empty()) get({});  // shown from the start, at zero
    }

    T& get(std::initializer_list<std::string_view> labels) {
        if (labels.size() != m_names.size()) stop("a metric got another number of labels");
        thread_local std::string key;
        key.clear();
        for (const std::string_view label : labels) key.append(label).push_back('\0');
        {
            const std::shared_lock lock(m_mutex);
            if (const auto found = m_series.find(std::string_view(key)); found != m_series.end()) {
                return *found->second;
            }
        }
        return add(key, labels);
    }

private:
    T& add(const std::string& key, std::initializer_list<std::string_view> labels) {
        const std::unique_lock lock(m_mutex);
        const bool is_full = m_series.size() >= series_max && !m_series.contains(key);
        prometheus::Labels values;
        auto name = m_names.begin();
        for (const std::string_view label : labels) {
            values.emplace(*name++, is_full ? "other" : label);
        }
        T& series = make(values);
        if (!is_full) m_series.emplace(key, &series);
        return series;
    }

    /// Family::Add answers with the series that it has already for these labels.
    T& make(const prometheus::Labels& values) {
        if constexpr (std::is_same_v<T, prometheus::Histogram>) {
            return m_family.Add(values, duration_buckets);
        } else {
            return m_family.Add(values);
        }
    }

    prometheus::Family<T>& m_family;
    std::vector<std::string> m_names;
    std::shared_mutex m_mutex;
    std::unordered_map<std::string, T*, KeyHash, std::equal_to<>> m_series;
};

using Counters = SeriesMap<prometheus::Counter>;
using Gauges = SeriesMap<prometheus::Gauge>;
using Histograms = SeriesMap<prometheus::Histogram>;
using AnySeries =
    std::variant<std::unique_ptr<Counters>, std::unique_ptr<Gauges>, std::unique_ptr<Histograms>>;

AnySeries make_series(prometheus::Registry& registry, const MetricRow& row) {
    switch (row.type) {
        case counter: return std::make_unique<Counters>(registry, row);
        case gauge: return std::make_unique<Gauges>(registry, row);
        case histogram: return std::make_unique<Histograms>(registry, row);
    }
    stop("a metric has no type");
}

}  // namespace

std::span<const MetricRow> metric_table() {
    return table;
}

class Metrics::Impl {
public:
    Impl() {
        m_series.reserve(table.size());
        for (const MetricRow& row : table) {
            if (index_of(row.metric) != m_series.size()) stop("metric table: order");
            m_series.push_back(make_series(m_registry, row));
        }
    }

    template <class T>
    T& of(Metric metric) {
        auto* found = std::get_if<std::unique_ptr<T>>(&m_series.at(index_of(metric)));
        if (found == nullptr) stop("a metric was used as another type");
        return **found;
    }

    std::string text() const {
        return prometheus::TextSerializer().Serialize(m_registry.Collect());
    }

    bool is_gauge(Metric metric) const { return table.at(index_of(metric)).type == gauge; }

    std::mutex raise_mutex;  ///< between reading a counter and raising it

private:
    prometheus::Registry m_registry;
    std::vector<AnySeries> m_series;
};

Metrics::Metrics() : m_impl(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::add(Metric metric, std::initializer_list<std::string_view> labels, double by) {
    if (m_impl->is_gauge(metric)) {
        m_impl->of<Gauges>(metric).get(labels).Increment(by);
    } else {
        m_impl->of<Counters>(metric).get(labels).Increment(by);
    }
}

void Metrics::set(Metric metric, std::initializer_list<std::string_view> labels, double value) {
    m_impl->of<Gauges>(metric).get(labels).Set(value);
}

void Metrics::observe(Metric metric, std::initializer_list<std::string_view> labels, double value) {
    m_impl->of<Histograms>(metric).get(labels).Observe(value);
}

void Metrics::set_counter(Metric metric, std::initializer_list<std::string_view> labels,
                          double value) {
    prometheus::Counter& series = m_impl->of<Counters>(metric).get(labels);
    const std::lock_guard lock(m_impl->raise_mutex);
    const double now = series.Value();
    if (value > now) series.Increment(value - now);
}

std::string Metrics::text() const {
    return m_impl->text();
}

}  // namespace muster::base
