# Everything here is a package of the distribution; ./run and ./test install them.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(Protobuf REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
if(KCS_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()

# Asio without its deprecated parts, and without exceptions for the errors of sockets in headers' inline code.
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED)

# Packages without a CMake configuration of their own.
function(kcs_system_library name library)
  find_library(KCS_LIB_${name} NAMES ${library} REQUIRED)
  add_library(${name} INTERFACE IMPORTED)
  target_link_libraries(${name} INTERFACE ${KCS_LIB_${name}})
endfunction()

kcs_system_library(IPSec_MB IPSec_MB)
kcs_system_library(cjose cjose)
find_library(KCS_LIB_jansson NAMES jansson libjansson.so.4)
if(KCS_LIB_jansson)
  target_link_libraries(cjose INTERFACE ${KCS_LIB_jansson})
endif()
kcs_system_library(sodium sodium)
kcs_system_library(soci_core soci_core)
if(KCS_SANITIZE)
  # Its templates use classes whose type information the library does not export.
  target_compile_options(soci_core INTERFACE -fno-sanitize=vptr)
endif()
kcs_system_library(soci_sqlite3 soci_sqlite3)
if(KCS_TESTS)
  kcs_system_library(srtp2 srtp2)
endif()
