// The real routes on a real database, in this process, with a roster in which every row can be told
// by marks in its values. Requests are sent without sockets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/api_test.hpp"
#include "differential/dice.hpp"
#include "differential/roster_model.hpp"
#include "differential/trial_store.hpp"

namespace muster::differential {

struct Call {
    std::size_t asker = 0;  ///< of askers()
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
};

struct Reply {
    unsigned status = 0;
    std::string content_type;
    std::string body;
    std::vector<net::Header> headers;
    double seconds = 0;

    std::string header(std::string_view name) const;
};

class RosterServer final : public api::ApiTest {
public:
    explicit RosterServer(std::uint64_t seed);

    Reply send(const Call& call);
    const std::vector<Asker>& askers() const { return m_askers; }
    const World& world() const { return m_world; }
    /// As the last call would have left it, when it was a write that the API kept.
    const World* changed() const { return m_has_changed ? &m_changed : nullptr; }
    /// Does the last write once more, for good.
    void keep(const Call& call);

private:
    void TestBody() override {}
    void open_trials();
    void name_askers(const std::vector<Asker>& people);
    void fill(Dice& dice);
    World read(store::Transaction& transaction) const;
    void read_table(store::Transaction& transaction, const std::string& name, World& world) const;
    json::value read_cell(const std::string& table, const std::string& column,
                          const store::Cell& cell, World& world) const;

    std::vector<Asker> m_askers;
    World m_world;
    World m_changed;
    bool m_has_changed = false;
    bool m_keeps = false;
    std::unique_ptr<TrialStore> m_trials;
    std::unique_ptr<api::Services> m_real_services;
};

}  // namespace muster::differential
