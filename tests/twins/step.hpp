// What happens to both servers at one point of the sequence, and what one of them answers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/timestamp.hpp"
#include "net/http.hpp"

namespace muster::twins {

struct Step {
    enum class Kind { request, sweep, deliver, reconcile, network_fails, node_leaves };

    /// Also what the randomness of the step comes from: a shorter sequence repeats it.
    std::size_t number = 0;
    core::Timestamp at;
    Kind kind = Kind::request;
    std::string method = {};
    std::string target = {};  ///< node_leaves: the node's id
    /// With Authorization and apikey, in words of the first server: ids that a database made are
    /// others in the second.
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};

    std::string header(std::string_view name) const;
};

std::string_view word_of(Step::Kind kind);

struct Letter {
    std::string to;
    std::string text;  ///< subject, text and HTML, each below the other
};

struct Answer {
    unsigned status = 0;  ///< 0: a job, whose report is the body
    std::string content_type = {};
    std::vector<net::Header> headers = {};
    std::string body = {};
    std::string thrown = {};  ///< why the request ended in a 500
    std::vector<Letter> letters = {};

    std::string header(std::string_view name) const;
};

}  // namespace muster::twins
