// A mutex and a condition: the disk is a thousand times slower.
// SPDX-License-Identifier: Apache-2.0
#include "store/work_queue.hpp"

#include <algorithm>

namespace muster::store {

/// Notifies under the lock: once it is released, the unit may be finished and the queue gone.
bool WorkQueue::push(Work& work) {
    const std::lock_guard lock(m_mutex);
    if (m_closed || m_waiting.size() >= m_length_max) return false;
    m_waiting.push_back({&work, std::chrono::steady_clock::now()});
    m_changed.notify_one();
    return true;
}

void WorkQueue::take(std::size_t count_max, std::vector<Work*>& taken) {
    taken.clear();
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_closed || !m_waiting.empty(); });
    const std::size_t count = std::min(count_max, m_waiting.size());
    for (std::size_t i = 0; i < count; ++i) {
        taken.push_back(m_waiting.front().work);
        m_waiting.pop_front();
    }
}

std::optional<WorkQueue::Waiting> WorkQueue::take_one() {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_closed || !m_waiting.empty(); });
    if (m_waiting.empty()) return std::nullopt;
    const Waiting oldest = m_waiting.front();
    m_waiting.pop_front();
    return oldest;
}

void WorkQueue::close() {
    const std::lock_guard lock(m_mutex);
    m_closed = true;
    m_changed.notify_all();
}

std::size_t WorkQueue::length() const {
    const std::lock_guard lock(m_mutex);
    return m_waiting.size();
}

}  // namespace muster::store
