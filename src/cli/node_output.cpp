// Nothing is shown of what the network does not tell.
// SPDX-License-Identifier: Apache-2.0
#include "cli/node_output.hpp"

#include <boost/json.hpp>

#include "cli/json_fields.hpp"
#include "cli/page.hpp"

namespace muster::cli {

void show_node(const Context& context, const boost::json::object& node) {
    Page page(context);
    page.field("node", text_of(node, "id"));
    page.field("host name", text_of(node, "hostname"));
    page.field("name", text_of(node, "name"));
    page.field("address", joined(array_of(node, "ipAddresses")));
    page.field("user", text_of(node, "user"));
    page.field("os", text_of(node, "os"));
    page.field("client", text_of(node, "clientVersion"));
    page.field("tags", joined(array_of(node, "tags")));
    page.field("last seen", page.age(node, "lastSeen"));
}

}  // namespace muster::cli
