#include "io/system_entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace kcs::io {

void SystemEntropy::Fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    KCS_CHECK(n > 0 || errno == EINTR);  // a process without random numbers must not go on
    if (n > 0) out = out.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace kcs::io
