// The door to the database: api/ and jobs/ open transactions here; everything inside one is app/'s
// and store/'s table functions. Drivers: sqlite/ (one writer with group commit, some readers),
// postgres/ (a pool of connections).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/result.hpp"
#include "store/transaction.hpp"

namespace muster::store {

/// One unit of work on its way through a driver. Lives in the caller's frame until `finish`.
class Work {
public:
    virtual ~Work() = default;
    /// On a storage thread. True: commit. False: undo everything this unit wrote. Never throws. May
    /// be called again, after what it wrote was undone: PostgreSQL asks for that at times.
    virtual bool run(Transaction& transaction) noexcept = 0;
    /// On a storage thread, once, after the commit is on disk (`failure` empty) or has failed.
    /// The unit may be gone when this returns.
    virtual void finish(std::exception_ptr failure) noexcept = 0;
};

struct StoreStatistics {
    std::uint64_t commits = 0;  ///< group commits that reached the disk
    std::uint64_t writes = 0;   ///< units of work in them
    std::uint64_t checkpoints = 0;
    std::size_t write_queue_depth = 0;  ///< waiting now
    std::size_t read_queue_depth = 0;
};

/// Any thread may call; work runs on the driver's threads. A `work` is a callable of
/// (Transaction&) that returns Result<T>, named by the caller (ARCHITECTURE.md, "coroutines"): it
/// must outlive the co_await, and bear being called again. Refusals: what `work` returns;
/// server_busy when the queue is full; conflict or permission_denied for a ConstraintViolation.
/// database_unavailable for a StoreUnavailable, and for a statement that took too long where `work`
/// did not answer that itself. Throws StoreError.
class Store {
public:
    virtual ~Store() = default;

    /// Runs `work` in a read-write transaction of its own (a savepoint of a group commit) and
    /// resumes the caller after the commit is durable. An error undoes all that `work` wrote.
    template <class W>
    boost::asio::awaitable<std::invoke_result_t<W&, Transaction&>> write(W& work) {
        return perform(work, &Store::submit_write);
    }

    /// Runs `work` on a consistent snapshot; it must not write.
    template <class W>
    boost::asio::awaitable<std::invoke_result_t<W&, Transaction&>> read(W& work) {
        return perform(work, &Store::submit_read);
    }

    /// The same for code without an executor: start-up, the command line, tests. Blocks.
    template <class W>
    std::invoke_result_t<W&, Transaction&> write_now(W work) {
        return perform_now(work, &Store::submit_write);
    }
    template <class W>
    std::invoke_result_t<W&, Transaction&> read_now(W work) {
        return perform_now(work, &Store::submit_read);
    }

    virtual StoreStatistics statistics() const = 0;

    /// Other servers may be using the same database: what is remembered here may be old, and what
    /// is counted must be counted there.
    virtual bool is_shared() const { return false; }

protected:
    /// False, and `work` untouched, when the queue is full.
    virtual bool submit_write(Work& work) = 0;
    virtual bool submit_read(Work& work) = 0;

private:
    using Submit = bool (Store::*)(Work&);

    template <class W, class Done>
    class Unit final : public Work {
    public:
        using Answer = std::invoke_result_t<W&, Transaction&>;
        Unit(W& work, Done done) : m_work(work), m_done(std::move(done)) {}
        bool run(Transaction& transaction) noexcept override {
            m_failure = nullptr;
            try {
                m_answer.emplace(m_work(transaction));
                return m_answer->has_value();
            } catch (const ConstraintViolation& violation) {
                m_answer.emplace(refusal(violation));
            } catch (...) {
                m_failure = std::current_exception();
            }
            return false;
        }
        void finish(std::exception_ptr failure) noexcept override {
            if (failure && !m_failure) m_failure = std::move(failure);
            Done done = std::move(m_done);
            done();
        }
        Answer take() {
            if (!m_failure) return std::move(*m_answer);
            try {
                std::rethrow_exception(m_failure);
            } catch (const ConstraintViolation& violation) {  // of an enqueued statement
                return refusal(violation);
            } catch (const ArgumentRefused& refused) {
                if (refused.sqlstate() != statement_took_too_long) throw;
                return core::fail_with_detail(core::Code::database_unavailable, refused.what());
            } catch (const StoreUnavailable& unavailable) {
                return core::fail_with_detail(core::Code::database_unavailable, unavailable.what());
            }
        }

    private:
        W& m_work;
        Done m_done;
        std::optional<Answer> m_answer;
        std::exception_ptr m_failure;
    };

    static constexpr std::string_view statement_took_too_long = "57014";
    static std::unexpected<core::Error> refusal(const ConstraintViolation& violation);

    template <class W>
    boost::asio::awaitable<std::invoke_result_t<W&, Transaction&>> perform(W& work, Submit submit);
    template <class W>
    std::invoke_result_t<W&, Transaction&> perform_now(W& work, Submit submit);
};

template <class W>
std::invoke_result_t<W&, Transaction&> Store::perform_now(W& work, Submit submit) {
    std::promise<void> finished;
    auto done = [&finished] { finished.set_value(); };
    Unit<W, decltype(done)> unit(work, done);
    if (!(this->*submit)(unit)) return core::fail(core::Code::server_busy);
    finished.get_future().wait();
    return unit.take();
}

template <class W>
boost::asio::awaitable<std::invoke_result_t<W&, Transaction&>> Store::perform(W& work,
                                                                              Submit submit) {
    namespace asio = boost::asio;
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    std::function<void()> resume;
    auto done = [&resume] {
        const std::function<void()> last = std::move(resume);  // the frame may be gone after this
        last();
    };
    Unit<W, decltype(done)> unit(work, done);
    bool accepted = true;
    auto start = [&](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        resume = [home, shared] { asio::post(home, [shared] { std::move (*shared)(); }); };
        // Once submitted, this frame belongs to whoever resumes it.
        if ((this->*submit)(unit)) return;
        accepted = false;
        done();
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start,
                                                                         asio::use_awaitable);
    if (!accepted) co_return core::fail(core::Code::server_busy);
    co_return unit.take();
}

}  // namespace muster::store
