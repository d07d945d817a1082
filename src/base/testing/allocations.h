#pragma once

#include <cstdint>

namespace kcs {

// How often this program has called operator new so far. Linking this in replaces the global operators, so it
// is for test programs only. Difference of two calls: the allocations between them.
std::uint64_t AllocationsSoFar();

}  // namespace kcs
