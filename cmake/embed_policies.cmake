# Writes OUTPUT: the text of FILE, for rest/policies.hpp.
# SPDX-License-Identifier: Apache-2.0
get_filename_component(name ${FILE} NAME)
file(READ ${FILE} text)
file(WRITE ${OUTPUT}
"// Generated from ${name}.
#include \"rest/policies.hpp\"

namespace muster::rest {
PolicyFile shipped_policies() {
    return {\"${name}\", R\"policies(${text})policies\"};
}
}  // namespace muster::rest
")
