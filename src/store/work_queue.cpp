// A mutex and a condition: the disk is a thousand times slower.
// SPDX-License-Identifier: Apache-2.0
#include "store/work_queue.hpp"

#include <algorithm>

namespace muster::store {

/// Notifies under the lock: once it is released, the unit may be finished and the queue gone.
bool WorkQueue::push(Work& work) {
    const std::lock_guard lock(m_mutex);
    if (m_closed || m_waiting.size() >= m_length_max) return false;
    m_waiting.push_back(&work);
    m_changed.notify_one();
    return true;
}

void WorkQueue::take(std::size_t count_max, std::vector<Work*>& taken) {
    taken.clear();
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_closed || !m_waiting.empty(); });
    const auto count = static_cast<std::ptrdiff_t>(std::min(count_max, m_waiting.size()));
    taken.assign(m_waiting.begin(), m_waiting.begin() + count);
    m_waiting.erase(m_waiting.begin(), m_waiting.begin() + count);
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
