// Tables of every type and every relationship, served beside the real ones: what the tests of the
// table API's read side ask. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/api_test.hpp"

namespace muster::api {

/// racks hold machines, which have a badge each, parts, groups and another machine as parent.
class RestRead : public ApiTest {
protected:
    RestRead();

    Reply get(std::string_view target, std::vector<net::HeaderView> headers = {}) {
        return send(Who::anon_key, "GET", "/rest/v1/" + std::string(target), {},
                    std::move(headers));
    }
    /// The body without the line breaks between rows.
    std::string body(std::string_view target, std::vector<net::HeaderView> headers = {});
    /// Of the rows of an answer: "1 3 5"; of a refusal its body.
    std::string ids(const std::string& target);
};

/// A query and what comes back.
struct ReadRow {
    std::string_view name, target, answer;
};

}  // namespace muster::api
