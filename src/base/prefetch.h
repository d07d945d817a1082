#pragma once

#include <cstddef>
#include <cstdint>

namespace kcs {

// Has the processor begin to fetch the `size` bytes from `begin` on, which will be needed soon. Nothing is
// read, so it may be memory that is not there.
inline void Prefetch(const void* begin, std::size_t size) {
  constexpr std::uintptr_t kLine = 64;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  for (std::uintptr_t line = address & ~(kLine - 1); line < address + size; line += kLine) {
    __builtin_prefetch(reinterpret_cast<const void*>(line));
  }
}
// The same of the line at `place`, which will be written.
inline void PrefetchToWrite(const void* place) { __builtin_prefetch(place, 1); }

}  // namespace kcs
