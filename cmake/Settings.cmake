# Language level, warnings, sanitizers and compiler cache, for every target of the project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

option(KCS_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(KCS_TSAN "Thread sanitizer" OFF)
option(KCS_FUZZ "Build the fuzz targets (clang only)" OFF)
option(KCS_TESTS "Build the unit tests" ON)

find_program(KCS_CCACHE ccache)
if(KCS_CCACHE)
  # It does not cache what uses a precompiled header (the tests) unless it is told that this is meant.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${KCS_CCACHE})
endif()

# Everything the project compiles links to this; generated and third-party code does not.
add_library(kcs_settings INTERFACE)
target_compile_options(kcs_settings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Werror)
target_include_directories(kcs_settings INTERFACE ${CMAKE_SOURCE_DIR}/src)

# GCC 12 reports false "may be used uninitialized" and bounds warnings through coroutine frames and
# inlined std::vector code at -O2.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(kcs_settings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overread)
endif()

if(KCS_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Clang 14 cannot put that check's data in front of a coroutine ("difference across sections").
    add_compile_options(-fno-sanitize=function)
  endif()
endif()
if(KCS_TSAN)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(KCS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(KCS_LLD ld.lld)
if(KCS_LLD)
  add_link_options(-fuse-ld=lld)
endif()

enable_testing()
