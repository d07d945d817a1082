#pragma once

#include <cstddef>
#include <cstdint>

namespace kcs {

// Has the processor begin to fetch the `size` bytes from `begin` on, which will be needed soon. Nothing is
// read, so it may be memory that is not there.
inline void Prefetch(const void* begin, std::size_t size) {
  constexpr std::size_t kLine = 64;
  const auto* const memory = static_cast<const std::uint8_t*>(begin);
  for (std::size_t offset = 0; offset < size; offset += kLine) __builtin_prefetch(memory + offset);
  __builtin_prefetch(memory + size - 1);  // it need not begin where a line does
}
// The same of the line at `place`, which will be written.
inline void PrefetchToWrite(const void* place) { __builtin_prefetch(place, 1); }

}  // namespace kcs
