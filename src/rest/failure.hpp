// Why the table API refused a request, in PostgREST's terms. Everything in rest/ returns these;
// api/rest turns them into answers and alone knows their HTTP status.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>

#include <boost/json/value.hpp>

namespace muster::rest {

/// The four members of every error body: PostgREST "errors" reference page.
struct Failure {
    std::string code;  ///< PGRST100 and the like, or a SQLSTATE: 42501, 23505
    std::string message;
    boost::json::value details = nullptr;  ///< null, a text, or PGRST201's array
    boost::json::value hint = nullptr;     ///< null or a text
};

template <class T>
using Result = std::expected<T, Failure>;

inline std::unexpected<Failure> fail(std::string code, std::string message,
                                     boost::json::value details = nullptr,
                                     boost::json::value hint = nullptr) {
    return std::unexpected(
        Failure{std::move(code), std::move(message), std::move(details), std::move(hint)});
}

}  // namespace muster::rest
