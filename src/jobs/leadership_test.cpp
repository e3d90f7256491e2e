// What a server does that does not lead, or stops leading in the middle of a round.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "jobs/jobs_test.hpp"
#include "jobs/reconciler.hpp"
#include "jobs/sweeper.hpp"

namespace muster::jobs {
namespace {

using namespace std::chrono_literals;

/// Leads for so many questions.
class LeaderFor final : public store::Peers {
public:
    explicit LeaderFor(int questions) : m_left(questions) {}
    bool leads() const override { return m_left-- > 0; }

private:
    mutable int m_left;
};

class Leadership : public JobsTest {
protected:
    Tools tools_with(const store::Peers& peers) {
        return {m_tools.store, m_tools.clock,  m_tools.random,   m_tools.metrics,
                m_tools.rules, m_tools.sealer, m_tools.networks, peers};
    }
    Swept sweep_with(const store::Peers& peers) {
        Tools tools = tools_with(peers);
        return fakes::run(sweep(tools));
    }
    Reconciled reconcile_with(const store::Peers& peers) {
        Tools tools = tools_with(peers);
        return fakes::run(reconcile(tools, own_target(), 20s)).value();
    }
};

TEST_F(Leadership, ASweepEndsWithTheLeadership) {
    for (const char* print : {"fp-1", "fp-2", "fp-3"}) verified_device(print);
    advance(24h);
    const struct {
        int questions;
        int expired;
    } cases[] = {{0, 0}, {1, 0}, {3, 2}, {100, 1}, {100, 0}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.questions);
        EXPECT_EQ(sweep_with(LeaderFor(c.questions)).tokens_expired, c.expired);
    }
}

TEST_F(Leadership, AComparisonEndsWithTheLeadership) {
    std::vector<std::string> ids;
    for (const char* print : {"fp-1", "fp-2", "fp-3"}) ids.push_back(connected_device(print));
    for (const std::string& id : ids) m_network->drop_node(node_of(id));
    advance(1s);
    const struct {
        int questions;
        int lost;
    } cases[] = {{0, 0}, {1, 0}, {2, 3}, {100, 0}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.questions);
        EXPECT_EQ(reconcile_with(LeaderFor(c.questions)).lost, c.lost);
    }
}

TEST_F(Leadership, NodesAreAdoptedByTheLeaderOnly) {
    verified_device("fp-1");
    advance(join_delay);
    EXPECT_EQ(reconcile_with(LeaderFor(0)).adopted, 0);
    EXPECT_EQ(reconcile_with(LeaderFor(1)).adopted, 0);
    EXPECT_EQ(reconcile_with(LeaderFor(100)).adopted, 1);
}

TEST_F(Leadership, EveryServerDelivers) {
    const std::string id = connected_device("fp-1");
    revoke(id);
    const LeaderFor nobody(0);
    Tools tools = tools_with(nobody);
    EXPECT_EQ(fakes::run(deliver_due_jobs(tools, m_options)), 1);
    EXPECT_EQ(only_job().state, "done");
}

}  // namespace
}  // namespace muster::jobs
