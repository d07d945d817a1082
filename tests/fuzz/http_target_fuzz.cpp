// Request targets: decoded paths begin with '/' and hold no NUL, and what is routed never crashes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "server/http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kcs::http::Request request;
  if (!kcs::http::ParseTarget({reinterpret_cast<const char*>(data), size}, request)) return 0;
  KCS_CHECK(request.path.starts_with('/'));
  KCS_CHECK(request.path.find('\0') == std::string::npos);
  KCS_CHECK(request.query.entries().size() <= size);
  return 0;
}
