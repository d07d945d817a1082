# kcs_room(NAME DIR dir LINK libs... [TEST_LINK libs...])
# Every *.cpp of the directory becomes the library kcs_NAME, every *_test.cpp the test program NAME_test.
# A room without sources is an interface library, so that the list of layers can be read in one place.
function(kcs_room name)
  cmake_parse_arguments(ROOM "" "DIR" "LINK;TEST_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${ROOM_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  if(sources)
    add_library(kcs_${name} STATIC ${sources})
    target_link_libraries(kcs_${name} PUBLIC ${ROOM_LINK} PRIVATE kcs_settings)
    target_include_directories(kcs_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  else()
    add_library(kcs_${name} INTERFACE)
    target_link_libraries(kcs_${name} INTERFACE ${ROOM_LINK})
    target_include_directories(kcs_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
  endif()

  if(tests AND KCS_TESTS)
    kcs_test(${name}_test SOURCES ${tests} LINK kcs_${name} ${ROOM_TEST_LINK})
  endif()
endfunction()

# What every test includes is read once for all of them: it is more than most tests.
include(GoogleTest)
if(KCS_TESTS)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cpp CONTENT "")
  add_library(kcs_test_headers OBJECT ${CMAKE_BINARY_DIR}/test_headers.cpp)
  target_link_libraries(kcs_test_headers PRIVATE GTest::gmock GTest::gtest_main kcs_settings)
  target_compile_definitions(kcs_test_headers PRIVATE KCS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_compile_options(kcs_test_headers PRIVATE -O0)
  target_precompile_headers(kcs_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
endif()

# kcs_test(NAME SOURCES files... LINK libs... [OPTIMISED]): a GoogleTest program whose tests CTest knows one by one.
function(kcs_test name)
  cmake_parse_arguments(T "OPTIMISED" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LINK} GTest::gmock GTest::gtest_main kcs_settings)
  target_compile_definitions(${name} PRIVATE KCS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # What is tested is optimised, the tests are not, unless they have much to compute: that saves a third of their
  # compile time.
  if(NOT T_OPTIMISED)
    target_compile_options(${name} PRIVATE -O0 $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
    target_precompile_headers(${name} REUSE_FROM kcs_test_headers)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()

# kcs_directory(dir): add_subdirectory if the directory has a CMakeLists.txt.
function(kcs_directory dir)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt)
    add_subdirectory(${dir})
  endif()
endfunction()
