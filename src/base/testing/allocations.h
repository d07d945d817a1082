#pragma once

#include <cstddef>
#include <cstdint>

namespace kcs {

// How often this program has called operator new so far. Linking this in replaces the global operators, so it
// is for test programs only. Difference of two calls: the allocations between them.
std::uint64_t AllocationsSoFar();

// For libraries that allocate by functions of the C library's kind and let those be chosen, so that what they
// allocate is counted here as well.
void* CountedAllocate(std::size_t size);
void* CountedReallocate(void* memory, std::size_t size);
void CountedFree(void* memory);

// The bytes that operator new and CountedAllocate have given out and that have not been given back, as the
// allocator rounds them.
std::int64_t BytesInUse();

}  // namespace kcs
