// A network that exists only here, for demonstrations and tests: a device "joins" by itself some
// time after its key was made. Its faults can be switched on. Never on unless the operator asks.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// What may go wrong. Counts are of calls still to be hit; a call is hit by at most one fault.
struct SimulatedFaults {
    int fail_next = 0;                   ///< answer network_unreachable, without effect
    int lose_answer_next = 0;            ///< take effect, then answer network_unreachable
    std::chrono::milliseconds delay{0};  ///< before every answer; past the deadline: unreachable
};

struct SimulatedOptions {
    std::string name = "simulated";  ///< tests: of the network that it stands for
    /// Where keys and nodes are kept across restarts (an append-only journal); empty: memory only.
    std::filesystem::path file = {};
    /// Other servers have the same file open: each does what it does under a lock, after it has
    /// read what the others did.
    bool is_shared = false;
    /// From a key's making until its device is on the network.
    std::chrono::milliseconds join_delay{1'500};
};

/// Keys and nodes of the network; any thread.
class SimulatedNetwork : public Network {
public:
    /// `clock` and `random` must outlive it. Throws std::runtime_error: the file cannot be opened.
    static std::unique_ptr<SimulatedNetwork> open(SimulatedOptions options,
                                                  const base::Clock& clock, base::Random& random);
    virtual void set_faults(const SimulatedFaults& faults) = 0;
    /// For tests of the reconciler: a node vanishes, or goes offline, behind Muster's back.
    virtual void drop_node(std::string_view node_id) = 0;
    virtual void set_online(std::string_view node_id, bool online) = 0;
    /// The level that was pushed last and is not forgotten yet. Levels are kept in memory only.
    virtual std::optional<core::TrustLevel> find_trust(std::string_view node_id) = 0;
};

}  // namespace muster::networks
