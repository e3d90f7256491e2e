// Words for what a failure shows.
// SPDX-License-Identifier: Apache-2.0
#include "twins/step.hpp"

#include <utility>

namespace muster::twins {

std::string_view word_of(Step::Kind kind) {
    switch (kind) {
        case Step::Kind::request: return "request";
        case Step::Kind::sweep: return "the sweeper's round";
        case Step::Kind::deliver: return "the outbox's round";
        case Step::Kind::reconcile: return "the reconciler's round";
        case Step::Kind::network_fails: return "the network fails the next call";
        case Step::Kind::node_leaves: return "a node leaves the network";
    }
    std::unreachable();
}

std::string Step::header(std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (known == name) return value;
    }
    return {};
}

std::string Answer::header(std::string_view name) const {
    for (const net::Header& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

}  // namespace muster::twins
