// A simulated network for its own tests: a clock that is turned by hand, calls that wait.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stdlib.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "fakes/run.hpp"
#include "networks/simulated/simulated.hpp"

namespace muster::networks {

inline Deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

/// A network with a hand-turned clock and, if asked for, a journal in a folder of its own.
class World {
public:
    explicit World(SimulatedOptions options = {}) : m_options(std::move(options)) { restart(); }

    void restart() {
        m_network.reset();
        m_network = SimulatedNetwork::open(m_options, clock, random);
    }
    SimulatedNetwork* operator->() { return m_network.get(); }

    NetworkKey key(KeyRequest request = {.device_id = "d1", .hostname = "laptop", .tags = {}}) {
        return fakes::run(m_network->create_key(std::move(request), soon())).value();
    }
    std::optional<Node> by_key(const std::string& key_id) {
        return fakes::run(m_network->find_node({.node_id = {}, .key_id = key_id}, soon())).value();
    }
    std::optional<Node> by_node(const std::string& node_id) {
        return fakes::run(m_network->find_node({.node_id = node_id, .key_id = {}}, soon())).value();
    }
    std::vector<Node> all() { return fakes::run(m_network->list_nodes(soon())).value(); }
    bool revoke(const std::string& key_id) {
        return fakes::run(m_network->revoke_key(key_id, soon())).has_value();
    }
    bool remove(const std::string& node_id) {
        return fakes::run(m_network->remove_node(node_id, soon())).has_value();
    }
    /// Makes a key and waits until its device has joined.
    Node joined(std::string hostname) {
        const NetworkKey made =
            key({.device_id = "d", .hostname = std::move(hostname), .tags = {"tag:prod"}});
        clock.advance(m_options.join_delay);
        return by_key(made.id).value();
    }

    fakes::FakeClock clock;
    fakes::FakeRandom random;

private:
    SimulatedOptions m_options;
    std::unique_ptr<SimulatedNetwork> m_network;
};

/// A folder that goes away with the test.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "muster-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        m_path = name;
    }
    ~Folder() { std::filesystem::remove_all(m_path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path file() const { return m_path / "network.jsonl"; }

private:
    std::filesystem::path m_path;
};

}  // namespace muster::networks
