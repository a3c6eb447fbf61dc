# Flags and helpers every Dure target shares.

# Same inputs, same bits: no fused multiply-add the source does not ask for, no fast-math.
add_compile_options(-Wall -Wextra -ffp-contract=off)
if(DURE_WERROR)
  add_compile_options(-Werror)
endif()
if(DURE_SANITIZE)
  add_compile_options(-fsanitize=${DURE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DURE_SANITIZE})
endif()

# dure_layer(NAME [DEPS...]): the library dure_NAME from the *.cc beside the caller, and the
# test program NAME_test from its *.test.cc. *.perf.cc go to `dure bench` (see src/apps/cli),
# *.fuzz.cc to the fuzzers (see tests/fuzz). Sub-folders that have their own CMakeLists are layers
# of their own.
function(dure_layer name)
  file(GLOB all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "\\.(test|perf|fuzz|main)\\.cc$")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "\\.test\\.cc$")
  set(perfs ${all})
  list(FILTER perfs INCLUDE REGEX "\\.perf\\.cc$")

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

  if(tests)
    add_executable(${name}_test ${tests} ${PROJECT_SOURCE_DIR}/tests/doctest_main.cc)
    target_link_libraries(${name}_test PRIVATE dure_${name})
    set_property(GLOBAL APPEND PROPERTY DURE_UNIT_TESTS ${name}_test)
  endif()
endfunction()
