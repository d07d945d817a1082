#pragma once

// Broken invariants abort the process (the server restarts a worker); bad input never gets here.
namespace kcs {

[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace kcs

#define KCS_CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::kcs::CheckFailed(#condition, __FILE__, __LINE__))
