// The simulated network: its book of members behind the Network interface, with faults.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/simulated.hpp"

#include <algorithm>
#include <mutex>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "networks/simulated/membership_book.hpp"

namespace muster::networks {
namespace asio = boost::asio;
namespace {

enum class Fault { none, fail, lose_answer };

struct Treatment {
    Fault fault = Fault::none;
    std::chrono::milliseconds delay{0};
};

/// Which fault hits the next call. Any thread.
class FaultPlan {
public:
    void set(const SimulatedFaults& faults) {
        const std::lock_guard lock(m_mutex);
        m_faults = faults;
    }

    Treatment next() {
        const std::lock_guard lock(m_mutex);
        Treatment treatment{Fault::none, m_faults.delay};
        if (m_faults.fail_next > 0) {
            --m_faults.fail_next;
            treatment.fault = Fault::fail;
        } else if (m_faults.lose_answer_next > 0) {
            --m_faults.lose_answer_next;
            treatment.fault = Fault::lose_answer;
        }
        return treatment;
    }

private:
    std::mutex m_mutex;
    SimulatedFaults m_faults;
};

std::unexpected<core::Error> unreachable(const char* why) {
    return core::fail_with_detail(core::Code::network_unreachable, why);
}

/// Waits for `delay`, at most until `deadline`. False: the deadline came first.
asio::awaitable<bool> wait(std::chrono::milliseconds delay, Deadline deadline) {
    const Deadline answered_at = std::chrono::steady_clock::now() + delay;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, std::min(answered_at, deadline));
    co_await timer.async_wait(asio::use_awaitable);
    co_return answered_at <= deadline;
}

class SimulatedNetworkOnBook final : public SimulatedNetwork {
public:
    SimulatedNetworkOnBook(const SimulatedOptions& options, const base::Clock& clock,
                           base::Random& random)
        : m_name(options.name), m_book(options, clock, random) {}

    std::string_view name() const override { return m_name; }
    ApiHealth health() const override {
        ApiHealth health;
        health.state = ApiHealth::State::good;
        return health;
    }

    asio::awaitable<core::Result<Probe>> probe(Deadline deadline) override {
        auto work = [&]() -> core::Result<Probe> {
            return Probe{fmt::format("simulated, {} devices", m_book.list_nodes().size()), {}};
        };
        co_return co_await call<Probe>(deadline, work);
    }

    asio::awaitable<core::Result<NetworkKey>> create_key(KeyRequest request,
                                                         Deadline deadline) override {
        auto work = [&] { return m_book.make_key(request); };
        co_return co_await call<NetworkKey>(deadline, work);
    }

    asio::awaitable<core::Result<void>> revoke_key(std::string key_id, Deadline deadline) override {
        auto work = [&]() -> core::Result<void> {
            m_book.revoke_key(key_id);
            return {};
        };
        co_return co_await call<void>(deadline, work);
    }

    asio::awaitable<core::Result<std::optional<Node>>> find_node(NodeQuery query,
                                                                 Deadline deadline) override {
        using Found = std::optional<Node>;
        auto work = [&]() -> core::Result<Found> { return m_book.find_node(query); };
        co_return co_await call<Found>(deadline, work);
    }

    asio::awaitable<core::Result<void>> remove_node(std::string node_id,
                                                    Deadline deadline) override {
        auto work = [&]() -> core::Result<void> {
            m_book.remove_node(node_id);
            return {};
        };
        co_return co_await call<void>(deadline, work);
    }

    asio::awaitable<core::Result<std::vector<Node>>> list_nodes(Deadline deadline) override {
        using Nodes = std::vector<Node>;
        auto work = [&]() -> core::Result<Nodes> { return m_book.list_nodes(); };
        co_return co_await call<Nodes>(deadline, work);
    }

    bool enforces_trust() const override { return true; }

    asio::awaitable<core::Result<void>> push_trust(std::vector<TrustMark> marks,
                                                   std::chrono::seconds lifetime,
                                                   Deadline deadline) override {
        auto work = [&]() -> core::Result<void> {
            for (const TrustMark& mark : marks) m_book.set_trust(mark, lifetime);
            return {};
        };
        co_return co_await call<void>(deadline, work);
    }

    bool has_events() const override { return false; }

    asio::awaitable<core::Result<EventPage>> events_since(std::string cursor,
                                                          Deadline deadline) override {
        auto work = [&]() -> core::Result<EventPage> {
            return EventPage{{}, cursor.empty() ? "0" : cursor};
        };
        co_return co_await call<EventPage>(deadline, work);
    }

    void set_faults(const SimulatedFaults& faults) override { m_faults.set(faults); }
    void drop_node(std::string_view node_id) override { m_book.remove_node(node_id); }
    void set_online(std::string_view node_id, bool online) override {
        m_book.set_online(node_id, online);
    }
    std::optional<core::TrustLevel> find_trust(std::string_view node_id) override {
        return m_book.find_trust(node_id);
    }

private:
    /// One call of the network: `work` takes effect, unless a fault prevents it. The caller keeps
    /// `work` alive.
    template <class T, class Work>
    asio::awaitable<core::Result<T>> call(Deadline deadline, Work& work) {
        const Treatment treatment = m_faults.next();
        if (std::chrono::steady_clock::now() > deadline) co_return unreachable("deadline passed");
        core::Result<T> result = unreachable("simulated failure");
        if (treatment.fault != Fault::fail) result = work();
        if (treatment.delay.count() > 0) {
            const bool in_time = co_await wait(treatment.delay, deadline);
            if (!in_time) co_return unreachable("simulated delay is past the deadline");
        }
        if (treatment.fault == Fault::lose_answer) co_return unreachable("simulated lost answer");
        co_return result;
    }

    std::string m_name;
    MembershipBook m_book;
    FaultPlan m_faults;
};

}  // namespace

std::unique_ptr<SimulatedNetwork> SimulatedNetwork::open(SimulatedOptions options,
                                                         const base::Clock& clock,
                                                         base::Random& random) {
    return std::make_unique<SimulatedNetworkOnBook>(options, clock, random);
}

}  // namespace muster::networks
