# Flags and helpers every Dure target shares.

# ccache, where it is installed.
if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(DURE_CCACHE ccache)
  if(DURE_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${DURE_CCACHE})
  endif()
endif()

# Same inputs, same bits: no fused multiply-add the source does not ask for, no fast-math.
add_compile_options(-Wall -Wextra -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees ghosts in std::variant and in "literal" + std::string.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict)
endif()
if(DURE_WERROR)
  add_compile_options(-Werror)
endif()
if(DURE_SANITIZE)
  add_compile_options(-fsanitize=${DURE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DURE_SANITIZE})
endif()

if(DURE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "DURE_FUZZ needs clang++ (libFuzzer): add -DCMAKE_CXX_COMPILER=clang++")
  endif()
  set(DURE_FUZZ_FLAGS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_compile_options(${DURE_FUZZ_FLAGS} -fno-omit-frame-pointer)
  add_link_options(${DURE_FUZZ_FLAGS})
  add_custom_target(fuzzers)  # builds every fuzz_X
endif()

# dure_layer(NAME [DEPS...]): the library dure_NAME from the *.cc beside the caller. Left out of it:
#   X.test.cc    together make the test program NAME_test, which ctest runs
#   X.perf.cc    benchmarks (DURE_BENCH) for `dure bench`: global property DURE_PERF_SOURCES
#   X.verify.cc  oracles (DURE_VERIFY) for `dure verify`: global property DURE_VERIFY_SOURCES
#   X.fuzz.cc    each makes the fuzzer fuzz_X when DURE_FUZZ is on
#   X.main.cc    programs the caller adds itself
# The command line (src/apps/cli) compiles the perf and verify sources into its own executable: they
# register themselves in static objects, which a linker would drop from a static library.
# Sub-folders that have their own CMakeLists are layers of their own.
function(dure_layer name)
  file(GLOB all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "\\.(test|perf|verify|fuzz|main)\\.cc$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "\\.test\\.cc$")
  set(perfs ${all})
  list(FILTER perfs INCLUDE REGEX "\\.perf\\.cc$")
  set(verifies ${all})
  list(FILTER verifies INCLUDE REGEX "\\.verify\\.cc$")
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "\\.fuzz\\.cc$")

  if(sources)
    add_library(dure_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(dure_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(dure_${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(dure_${name} ${scope} ${ARGN})
  set_property(GLOBAL APPEND PROPERTY DURE_PERF_SOURCES ${perfs})
  set_property(GLOBAL APPEND PROPERTY DURE_VERIFY_SOURCES ${verifies})

  if(tests)
    add_executable(${name}_test ${tests} ${PROJECT_SOURCE_DIR}/tests/doctest_main.cc)
    target_link_libraries(${name}_test PRIVATE dure_${name})
    set_property(GLOBAL APPEND PROPERTY DURE_UNIT_TESTS ${name}_test)
  endif()

  if(DURE_FUZZ)
    foreach(source ${fuzzers})
      get_filename_component(fuzzer ${source} NAME)
      string(REGEX REPLACE "\\.fuzz\\.cc$" "" fuzzer fuzz_${fuzzer})
      add_executable(${fuzzer} ${source})
      target_link_libraries(${fuzzer} PRIVATE dure_${name})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      set_target_properties(${fuzzer} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
      add_dependencies(fuzzers ${fuzzer})
    endforeach()
  endif()
endfunction()
