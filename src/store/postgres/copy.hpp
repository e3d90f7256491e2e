// COPY in PostgreSQL's text format (its documentation, "COPY"): lines in and lines out. The
// connection leaves pipeline mode meanwhile, which does not know COPY.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "store/postgres/connection.hpp"

namespace muster::store::postgres {

/// One COPY ... FROM STDIN. It must be finished; one that is not leaves its transaction failed.
class CopyIn {
public:
    /// `connection` must outlive it, and do nothing else until finish(). Throws throw_error's.
    CopyIn(Connection& connection, const std::string& sql);
    CopyIn(const CopyIn&) = delete;
    CopyIn& operator=(const CopyIn&) = delete;
    ~CopyIn();

    /// Whole lines or parts of them. Throws RunAgain: the connection is lost.
    void put(std::string_view data);
    /// Returns when the database has taken all. Throws throw_error's: a row is refused.
    void finish();

private:
    Connection& m_connection;
    bool m_is_open = true;
};

/// One COPY ... TO STDOUT: `use` gets each line with its newline. Throws throw_error's.
void copy_out(Connection& connection, const std::string& sql,
              const std::function<void(std::string_view)>& use);

}  // namespace muster::store::postgres
