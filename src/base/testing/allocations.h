#pragma once

#include <cstdint>

namespace kcs {

// How often this program has called operator new so far. Linking this in replaces the global operators, so it
// is for test programs only. Difference of two calls: the allocations between them.
std::uint64_t AllocationsSoFar();

// The bytes that operator new has given out and that have not been given back, as the allocator rounds them.
std::int64_t BytesInUse();

}  // namespace kcs
