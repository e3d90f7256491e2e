// A server without others.
// SPDX-License-Identifier: Apache-2.0
#include "store/peers.hpp"

namespace muster::store {

namespace {

class NoPeers final : public Peers {
public:
    bool leads() const override { return true; }
};

}  // namespace

const Peers& no_peers() {
    static const NoPeers alone;
    return alone;
}

}  // namespace muster::store
