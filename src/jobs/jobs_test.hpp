// A database, a simulated network and people, with time turned by hand: what tests of the
// background jobs stand on. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/devices.hpp"
#include "app/enrollment.hpp"
#include "app/network_connections.hpp"
#include "fakes/run.hpp"
#include "jobs/outbox.hpp"
#include "networks/pool.hpp"
#include "networks/simulated/simulated.hpp"
#include "store/devices.hpp"
#include "store/test_database.hpp"

namespace muster::jobs {

inline constexpr std::chrono::microseconds tick{1};  ///< what Timestamp can tell apart

class JobsTest : public ::testing::Test {
protected:
    struct Pending {
        std::string device_id;
        std::string token;
    };

    JobsTest();

    /// What `work(transaction, context)` returns, for that caller; throws if it is refused.
    template <class Work>
    auto act(const core::Caller& caller, const Work& work) {
        const app::Context context{m_database.clock.now(), caller, m_rules, m_sealer,
                                   m_database.random};
        auto done = m_database.store().write_now(
            [&](store::Transaction& transaction) { return work(transaction, context); });
        if (!done) {
            throw std::runtime_error("refused: " + std::string(core::word_of(done.error().code)));
        }
        if constexpr (!std::is_void_v<typename decltype(done)::value_type>) {
            return std::move(*done);
        }
    }

    Pending issue_token();
    /// Shown by the device: it has a fingerprint, and a key of the network that works from
    /// join_delay on.
    Pending verified_device(const std::string& fingerprint);
    /// Confirmed by the network: active, high.
    std::string connected_device(const std::string& fingerprint);
    void verify(const Pending& pending, const std::string& fingerprint);
    /// What an answer of check_tailscale_status writes down.
    void confirm(const std::string& device_id);

    void revoke(const std::string& device_id);
    app::ReactivatedDevice reactivate(const std::string& device_id);

    /// A column of the device; "NULL" for null.
    std::string column(const std::string& device_id, std::string_view name);
    std::vector<std::string> events_of(const std::string& device_id);  ///< types, oldest first
    std::string last_details_of(const std::string& device_id);         ///< of the newest event
    bool has_evidence(const std::string& device_id, std::string_view kind);
    std::string node_of(const std::string& device_id) {
        return column(device_id, "tailscale_device_id");
    }
    bool is_on_network(const std::string& node_id);
    store::NetworkJob only_job();  ///< throws unless there is exactly one

    /// Another one, or none, takes the place of the server's own.
    void use_network(networks::Network* network) { m_pool = pool_of(network); }
    networks::Pool pool_of(networks::Network* own);
    app::ConnectionInUse own_target() const;

    int deliver() { return fakes::run(deliver_due_jobs(m_tools, m_options)); }
    void advance(std::chrono::microseconds by) { m_database.clock.advance(by); }
    core::Timestamp now() const { return m_database.clock.now(); }
    networks::Deadline soon() const {
        return std::chrono::steady_clock::now() + std::chrono::seconds(20);
    }

    static constexpr std::chrono::milliseconds join_delay{1'500};

    store::TestDatabase m_database;
    app::Rules m_rules;
    crypto::Sealer m_sealer;
    base::Metrics m_metrics;
    std::unique_ptr<networks::SimulatedNetwork> m_network;
    networks::Pool m_pool;
    Tools m_tools;
    OutboxOptions m_options;
    std::string m_organization;
    core::Caller m_owner{core::Caller::Kind::user};
    core::Caller m_admin{core::Caller::Kind::user};
    core::Caller m_nobody;
};

inline std::vector<crypto::SealingKey> sealing_keys(base::Random& random) {
    std::vector<crypto::SealingKey> keys;
    keys.push_back(crypto::make_sealing_key(random));
    return keys;
}

}  // namespace muster::jobs
