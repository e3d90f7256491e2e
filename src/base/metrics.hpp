// The numbers that /metrics shows, in Prometheus's text format. One table names them all;
// docs/reference/metrics.md is printed from it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace muster::base {

enum class Metric {
    http_requests,          ///< counter {route, status}
    http_request_duration,  ///< histogram {route}, seconds
    http_connections,       ///< gauge
    rate_limited,           ///< counter {limit}
    store_commits,          ///< counter: group commits on disk
    store_writes,           ///< counter: units of work in them
    store_queue_depth,      ///< gauge {queue}: write, read
    store_checkpoints,      ///< counter
    password_queue_depth,   ///< gauge
    network_jobs_waiting,   ///< gauge
    network_job_attempts,   ///< counter {kind, outcome}
    network_calls,          ///< counter {network, call, outcome}
    network_connections,    ///< gauge {network, state}
    network_shadows,        ///< gauge {network, connection}: nodes of no device, at the last look
    reconcile_duration,     ///< histogram {network}, seconds: comparing, without the network's list
    sweeps,                 ///< counter {job}: runs of a background job
    sweep_changes,          ///< counter {job}: devices that it changed
    mails,                  ///< counter {outcome}: sent, failed, dropped
    devices,                ///< gauge {status}
};

enum class MetricType { counter, gauge, histogram };

struct MetricRow {
    Metric metric;
    MetricType type;
    std::string_view name;    ///< "muster_http_requests_total"
    std::string_view labels;  ///< comma-separated names, in the order of the calls' values
    std::string_view help;
};
std::span<const MetricRow> metric_table();

/// Any thread. Label values must come from small fixed sets (routes, statuses), never from input:
/// past 1,000 series of a metric, new ones are counted under "other".
class Metrics {
public:
    Metrics();
    ~Metrics();
    /// Counters and gauges; only a gauge may fall.
    void add(Metric metric, std::initializer_list<std::string_view> labels = {}, double by = 1);
    void set(Metric metric, std::initializer_list<std::string_view> labels, double value);
    void observe(Metric metric, std::initializer_list<std::string_view> labels, double value);
    /// For counters that are kept elsewhere and read at scrape time; never lowers.
    void set_counter(Metric metric, std::initializer_list<std::string_view> labels, double value);
    std::string text() const;  ///< text/plain; version=0.0.4

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace muster::base
