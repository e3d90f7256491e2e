# Writes OUTPUT: a table of the SQL scripts in SCRIPTS, and POLICIES if given, for
# store/migrations.hpp.
# SPDX-License-Identifier: Apache-2.0
set(rows "")
foreach(script IN LISTS SCRIPTS)
  get_filename_component(name ${script} NAME)
  file(READ ${script} text)
  # A literal holds at most 65,536 characters in ISO C++; scripts stay far below it.
  string(APPEND rows "    {\"${name}\", R\"schema(${text})schema\"},\n")
endforeach()
set(policies "")
if(POLICIES)
  get_filename_component(name ${POLICIES} NAME)
  file(READ ${POLICIES} text)
  string(APPEND policies
    "Migration ${DIALECT}_policies() { return {\"${name}\", R\"schema(${text})schema\"}; }\n")
endif()
file(WRITE ${OUTPUT}
"// Generated from src/store/schema/${DIALECT}/*.sql.
#include \"store/migrations.hpp\"

namespace muster::store {
namespace {
const Migration scripts[] = {
${rows}};
}  // namespace
std::span<const Migration> ${DIALECT}_migrations() { return scripts; }
${policies}}  // namespace muster::store
")
