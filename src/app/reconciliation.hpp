// What a network lists, compared with the roster by the page: addresses and last-seen move, a node
// that is gone takes the trust that it gave with it, a device that waits for its node finds it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/context.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"
#include "store/memberships.hpp"
#include "store/transaction.hpp"

namespace muster::app {

/// A sighting that is no newer than this than the last one, and says nothing else, is not written.
inline constexpr std::chrono::seconds sighting_grain{60};

/// What the network's list says of one membership.
struct Finding {
    std::optional<core::NodeSighting> node = {};  ///< empty: it lists none
    std::optional<std::string> key_id = {};       ///< that the node used, where told
    bool is_by_hostname = false;  ///< nothing else speaks for it: others may wait for the name
    int candidates = 0;           ///< more than one: ambiguous, and `node` is empty
    bool is_unknown = false;      ///< the list cannot speak of it: it was confirmed meanwhile
};
using Look = std::function<Finding(const store::Membership& membership)>;

struct PageOutcome {
    int seen = 0;       ///< devices whose node is there
    int lost = 0;       ///< devices whose node is gone since the last time
    int adopted = 0;    ///< enrolments that this completed: the device never came back to ask
    int ambiguous = 0;  ///< devices that wait, with more than one node that could be theirs
    int changed = 0;    ///< devices that were written
    std::vector<std::string> node_ids = {};  ///< of the page's devices
    std::string last_device_id = {};         ///< empty: there was none after `after_device_id`
};

/// One page of a network's memberships, in order of device id, each as `look` finds it.
core::Result<PageOutcome> compare_page(store::Transaction& transaction, const Context& context,
                                       const store::MembershipScope& scope,
                                       const std::string& after_device_id, int limit,
                                       const Look& look);

/// The same for a connection that was removed: the trust that it gave ends, unused keys are revoked
/// by jobs, and the memberships go, save those that jobs of revoked devices still need.
core::Result<PageOutcome> leave_page(store::Transaction& transaction, const Context& context,
                                     const store::MembershipScope& scope,
                                     const std::string& after_device_id, int limit);

}  // namespace muster::app
