// libpq's own complaints about a URL quote it, so none of them is passed on.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/connection_options.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <libpq-fe.h>

#include "store/transaction.hpp"

namespace muster::store::postgres {

namespace {

/// What stands unless the operator says otherwise.
constexpr std::array<std::pair<const char*, const char*>, 7> defaults{{
    {"connect_timeout", "3"},
    {"keepalives", "1"},
    {"keepalives_idle", "5"},
    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
    {"application_name", "muster"},
}};

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Parsed = std::unique_ptr<PQconninfoOption, FreeOptions>;

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};

/// A password with an @ or a / in it: libpq would take the rest of it for a host, and name that.
bool splits_a_password(std::string_view text) {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos) return false;
    std::string_view place = text.substr(scheme + 3);
    const auto at = place.substr(0, place.find('/')).find('@');
    if (at != std::string_view::npos) place.remove_prefix(at + 1);
    return place.substr(0, place.find('?')).contains('@');
}

/// "user:password/db" without a host makes the password a port.
bool is_port_list(std::string_view ports) {
    return ports.find_first_not_of("0123456789, ") == std::string_view::npos;
}

const char* value_of(const PQconninfoOption* options, std::string_view keyword) {
    for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
        if (option->keyword == keyword) return option->val;
    }
    return nullptr;
}

ConnectionOptions parse(const std::string& database) {
    char* fault = nullptr;
    const Parsed parsed(PQconninfoParse(database.c_str(), &fault));
    PQfreemem(fault);
    const char* const port = parsed ? value_of(parsed.get(), "port") : nullptr;
    if (!parsed || splits_a_password(database) || (port != nullptr && !is_port_list(port))) {
        throw StoreError(
            "this is no URL that libpq takes (it is not shown: it may hold a password). It is "
            "postgresql://USER@HOST:PORT/DATABASE?OPTION=VALUE; in a name or a password, each of "
            ": / ? # @ % is written as %3A %2F %3F %23 %40 %25");
    }
    ConnectionOptions options;
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) options.emplace_back(option->keyword, option->val);
    }
    return options;
}

Parsed start_and_ask(const ConnectionOptions& options) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : options) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    const std::unique_ptr<PGconn, Finish> connection(
        PQconnectStartParams(keywords.data(), values.data(), 0));
    return Parsed(PQconninfo(connection.get()));
}

/// All that is said, by the service file and the environment too: libpq resolves those only when it
/// begins to connect. It does so here to a place where nobody listens, and fails at once.
Parsed resolve(const ConnectionOptions& options) {
    ConnectionOptions nowhere;
    for (const auto& option : options) {
        const bool is_place = option.first.starts_with("host") || option.first == "port";
        if (!is_place) nowhere.push_back(option);
    }
    nowhere.emplace_back("host", "/dev/null");
    nowhere.emplace_back("port", "1");
    return start_and_ask(nowhere);
}

/// Also true where nobody has said anything.
bool takes_any_server(const PQconninfoOption* said) {
    const char* const attributes =
        said != nullptr ? value_of(said, "target_session_attrs") : nullptr;
    return attributes == nullptr || std::string_view(attributes) == "any";
}

}  // namespace

ConnectionOptions connection_options(const std::string& database) {
    ConnectionOptions options = parse(database);
    const Parsed said = resolve(options);
    for (const auto& [keyword, value] : defaults) {
        const char* const given = said ? value_of(said.get(), keyword) : nullptr;
        if (given == nullptr || *given == '\0') options.emplace_back(keyword, value);
    }
    // Of two, the last one counts. No standby serves: it takes no writes, and is behind in what it
    // says.
    if (takes_any_server(said.get())) options.emplace_back("target_session_attrs", "primary");
    options.emplace_back("client_encoding", "UTF8");
    return options;
}

}  // namespace muster::store::postgres
