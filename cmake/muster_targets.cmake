# Functions that make a folder of src/ a library and its tests a program.
# SPDX-License-Identifier: Apache-2.0

# muster_library(NAME USES folder... EXTERNAL target...): the library of src/NAME and, if it has
# *_test.cpp files, the program NAME_test, registered with CTest.
function(muster_library name)
  cmake_parse_arguments(arg "" "" "USES;EXTERNAL" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX
       "_test\\.cpp$|/test_[a-z_]+\\.cpp$|/main/muster\\.cpp$|/boost_asio\\.cpp$")
  list(TRANSFORM arg_USES PREPEND muster_)
  if(sources)
    add_library(muster_${name} STATIC ${sources})
    target_link_libraries(muster_${name}
      PUBLIC ${arg_USES} ${arg_EXTERNAL} PRIVATE muster_options)
    target_include_directories(muster_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  else()
    add_library(muster_${name} INTERFACE)
    target_link_libraries(muster_${name} INTERFACE ${arg_USES} ${arg_EXTERNAL})
  endif()
  set(MUSTER_TESTS_${name} "${tests}" CACHE INTERNAL "")
endfunction()

# muster_test(NAME library... [ON_BOTH [SQLITE_ONLY suite...] [POSTGRES_ONLY suite...]]): the program
# that runs the *_test.cpp of src/NAME. Tests may see everything. ON_BOTH: each case is registered
# once for SQLite and once, as NAME.postgres., for the PostgreSQL that MUSTER_TEST_POSTGRES names;
# suites that open no database are rather SQLITE_ONLY than run twice.
function(muster_test name)
  cmake_parse_arguments(arg "ON_BOTH" "" "SQLITE_ONLY;POSTGRES_ONLY" ${ARGN})
  if(NOT MUSTER_TESTS_${name})
    return()
  endif()
  add_executable(${name}_test ${MUSTER_TESTS_${name}})
  target_link_libraries(${name}_test PRIVATE muster_options muster_${name}
    ${arg_UNPARSED_ARGUMENTS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  muster_discover(${name} "${name}." "unset:" "${arg_POSTGRES_ONLY}" unit)
  if(arg_ON_BOTH)
    # Appending nothing keeps it, and leaves an empty one where it is missing: the tests then say so.
    muster_discover(${name} "${name}.postgres." "string_append:" "${arg_SQLITE_ONLY}"
      "unit;postgres")
  endif()
endfunction()

# Each case is a test of its own: they run side by side, and a failure has a name.
function(muster_discover name prefix database left_out labels)
  list(TRANSFORM left_out APPEND ".*")
  list(JOIN left_out ":" left_out)
  gtest_discover_tests(${name}_test TEST_PREFIX ${prefix} TEST_FILTER "-${left_out}"
    TEST_LIST ${prefix}tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    EXTRA_ARGS --gtest_brief=1
    PROPERTIES LABELS "${labels}" TIMEOUT 300
               ENVIRONMENT_MODIFICATION "MUSTER_TEST_POSTGRES=${database}")
endfunction()

# muster_embed_schema(TARGET FOLDER [POLICIES FILE]): the numbered SQL files become a table of string
# literals, the policies one of their own.
function(muster_embed_schema target folder)
  cmake_parse_arguments(arg "" "POLICIES" "" ${ARGN})
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.sql)
  get_filename_component(dialect ${folder} NAME)
  set(output ${CMAKE_BINARY_DIR}/generated/schema_${dialect}.cpp)
  set(policies "")
  if(arg_POLICIES)
    set(policies ${CMAKE_SOURCE_DIR}/${arg_POLICIES})
  endif()
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${output} -D DIALECT=${dialect} "-DSCRIPTS=${scripts}"
            "-DPOLICIES=${policies}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_schema.cmake
    DEPENDS ${scripts} ${policies} ${CMAKE_SOURCE_DIR}/cmake/embed_schema.cmake VERBATIM)
  target_sources(muster_${target} PRIVATE ${output})
endfunction()

# muster_embed_policies(TARGET FILE): the policy file becomes rest::shipped_policies().
function(muster_embed_policies target file)
  set(output ${CMAKE_BINARY_DIR}/generated/shipped_policies.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${output} -D FILE=${CMAKE_SOURCE_DIR}/${file}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_policies.cmake
    DEPENDS ${CMAKE_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/cmake/embed_policies.cmake VERBATIM)
  target_sources(muster_${target} PRIVATE ${output})
endfunction()

# Asio is compiled once; every user links it.
add_library(muster_asio STATIC ${CMAKE_SOURCE_DIR}/src/base/boost_asio.cpp)
target_compile_definitions(muster_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION)
target_include_directories(muster_asio PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(muster_asio PUBLIC ssl crypto pthread PRIVATE muster_options)
