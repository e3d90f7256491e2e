// Asio's and Beast's own code, compiled once: cmake/muster_targets.cmake sets the definitions.
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
