// A store whose writes are looked at and then undone: each request meets the same database, and
// nothing waits for a disk. Between the table API and the real store of a differential test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "store/store.hpp"

namespace muster::differential {

/// One unit at a time.
class TrialStore final : public store::Store {
public:
    /// `look` sees the transaction after a write that would be kept, and says whether it is.
    TrialStore(store::Store& inner, std::function<bool(store::Transaction&)> look)
        : m_inner(inner), m_trial(std::move(look)) {}

    store::StoreStatistics statistics() const override { return m_inner.statistics(); }

protected:
    bool submit_write(store::Work& work) override {
        m_trial.use(work);
        return (m_inner.*Door::writing())(m_trial);
    }
    bool submit_read(store::Work& work) override { return (m_inner.*Door::reading())(work); }

private:
    using Entry = bool (store::Store::*)(store::Work&);
    /// A derived class names the protected members of any other store.
    struct Door : store::Store {
        static Entry writing() { return &Door::submit_write; }
        static Entry reading() { return &Door::submit_read; }
    };

    class Trial final : public store::Work {
    public:
        explicit Trial(std::function<bool(store::Transaction&)> look) : m_look(std::move(look)) {}
        void use(store::Work& work) { m_work = &work; }
        bool run(store::Transaction& transaction) noexcept override {
            return m_work->run(transaction) && m_look(transaction);
        }
        void finish(std::exception_ptr failure) noexcept override {
            store::Work* const work = m_work;
            work->finish(std::move(failure));
        }

    private:
        store::Work* m_work = nullptr;
        std::function<bool(store::Transaction&)> m_look;
    };

    store::Store& m_inner;
    Trial m_trial;
};

}  // namespace muster::differential
