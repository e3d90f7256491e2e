// Tests of base/metrics.
// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.hpp"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace muster::base {
namespace {

testing::AssertionResult has_line(const Metrics& metrics, const std::string& line) {
    const std::string text = "\n" + metrics.text();
    if (text.find("\n" + line + "\n") != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "no line " << line << " in" << text;
}

}  // namespace

TEST(Metrics, TheTableIsSound) {
    std::set<std::string_view> names;
    for (const MetricRow& row : metric_table()) {
        SCOPED_TRACE(row.name);
        EXPECT_TRUE(names.insert(row.name).second);
        EXPECT_TRUE(row.name.starts_with("muster_"));
        EXPECT_EQ(row.name.ends_with("_total"), row.type == MetricType::counter);
        EXPECT_TRUE(row.help.ends_with('.'));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Metric::devices) + 1);
}

TEST(Metrics, CountersAndGaugesWithoutLabelsStartAtZero) {
    const Metrics metrics;
    EXPECT_TRUE(has_line(metrics, "muster_store_commits_total 0"));
    EXPECT_TRUE(has_line(metrics, "# TYPE muster_store_commits_total counter"));
    EXPECT_TRUE(has_line(metrics, "# HELP muster_http_connections Open client connections."));
    EXPECT_TRUE(has_line(metrics, "muster_http_connections 0"));
}

TEST(Metrics, CountersCountByLabels) {
    Metrics metrics;
    metrics.add(Metric::http_requests, {"/healthz", "200"});
    metrics.add(Metric::http_requests, {"/healthz", "200"}, 2);
    metrics.add(Metric::http_requests, {"/healthz", "404"});
    metrics.add(Metric::network_calls, {"simulated", "create_key", "ok"});
    EXPECT_TRUE(
        has_line(metrics, R"(muster_http_requests_total{route="/healthz",status="200"} 3)"));
    EXPECT_TRUE(
        has_line(metrics, R"(muster_http_requests_total{route="/healthz",status="404"} 1)"));
    EXPECT_TRUE(has_line(
        metrics,
        R"(muster_network_calls_total{call="create_key",network="simulated",outcome="ok"} 1)"));
}

TEST(Metrics, LabelValuesDoNotRunIntoEachOther) {
    Metrics metrics;
    metrics.add(Metric::http_requests, {"ab", "c"});
    metrics.add(Metric::http_requests, {"a", "bc"});
    EXPECT_TRUE(has_line(metrics, R"(muster_http_requests_total{route="ab",status="c"} 1)"));
    EXPECT_TRUE(has_line(metrics, R"(muster_http_requests_total{route="a",status="bc"} 1)"));
}

TEST(Metrics, GaugesRiseAndFall) {
    Metrics metrics;
    metrics.add(Metric::http_connections, {}, 3);
    metrics.add(Metric::http_connections, {}, -1);
    metrics.set(Metric::devices, {"active"}, 12);
    metrics.set(Metric::devices, {"active"}, 7);
    EXPECT_TRUE(has_line(metrics, "muster_http_connections 2"));
    EXPECT_TRUE(has_line(metrics, R"(muster_devices{status="active"} 7)"));
}

TEST(Metrics, ACounterNeverFalls) {
    Metrics metrics;
    metrics.set_counter(Metric::store_commits, {}, 5);
    metrics.set_counter(Metric::store_commits, {}, 3);
    EXPECT_TRUE(has_line(metrics, "muster_store_commits_total 5"));
    metrics.set_counter(Metric::store_commits, {}, 9);
    metrics.add(Metric::store_commits, {}, -1);
    EXPECT_TRUE(has_line(metrics, "muster_store_commits_total 9"));
}

TEST(Metrics, DurationsFallIntoBuckets) {
    Metrics metrics;
    for (const double seconds : {0.0004, 0.003, 9.0, 11.0}) {
        metrics.observe(Metric::http_request_duration, {"/readyz"}, seconds);
    }
    const std::string name = "muster_http_request_duration_seconds";
    struct Case {
        const char* bucket;
        const char* count;
    };
    const Case cases[] = {{"0.0005", "1"}, {"0.001", "1"}, {"0.0025", "1"}, {"0.005", "2"},
                          {"0.5", "2"},    {"5", "2"},     {"10", "3"},     {"+Inf", "4"}};
    for (const Case& c : cases) {
        EXPECT_TRUE(has_line(
            metrics, name + R"(_bucket{route="/readyz",le=")" + c.bucket + "\"} " + c.count));
    }
    EXPECT_TRUE(has_line(metrics, name + R"(_count{route="/readyz"} 4)"));
}

TEST(Metrics, PastTheLimitOfSeriesNewOnesAreOther) {
    Metrics metrics;
    for (int i = 0; i < 1002; ++i) metrics.add(Metric::sweeps, {std::to_string(i)});
    metrics.add(Metric::sweeps, {"999"});
    EXPECT_TRUE(has_line(metrics, R"(muster_sweeps_total{job="999"} 2)"));
    EXPECT_FALSE(has_line(metrics, R"(muster_sweeps_total{job="1000"} 1)"));
    EXPECT_TRUE(has_line(metrics, R"(muster_sweeps_total{job="other"} 2)"));
}

TEST(Metrics, ThreadsLoseNothing) {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&metrics] {
                for (int k = 0; k < 1000; ++k) {
                    metrics.add(Metric::rate_limited, {std::to_string(k % 10)});
                    metrics.set_counter(Metric::store_writes, {}, k + 1);
                    if (k % 250 == 0) static_cast<void>(metrics.text());
                }
            });
        }
    }
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(has_line(metrics,
                             "muster_rate_limited_total{limit=\"" + std::to_string(i) + "\"} 400"));
    }
    EXPECT_TRUE(has_line(metrics, "muster_store_writes_total 1000"));
}

TEST(MetricsDeathTest, AWrongCallStopsTheProgram) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(Metrics().add(Metric::http_requests, {"/healthz"}), "number of labels");
    EXPECT_DEATH(Metrics().set(Metric::http_requests, {"/healthz", "200"}, 1), "another type");
}

}  // namespace muster::base
