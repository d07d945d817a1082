#include "base/testing/allocations.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace {

std::uint64_t g_allocations = 0;
std::int64_t g_bytes = 0;

void* Count(void* memory) {
  if (memory == nullptr) std::abort();
  ++g_allocations;
  g_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}

void Free(void* memory) {
  g_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

void* Allocate(std::size_t size) { return Count(std::malloc(size == 0 ? 1 : size)); }

void* Allocate(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return Count(std::aligned_alloc(align, (size + align - 1) / align * align));
}

}  // namespace

// The array forms of the standard library call these.
void* operator new(std::size_t size) { return Allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return Allocate(size, alignment); }
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { Free(memory); }

namespace kcs {

void* CountedAllocate(std::size_t size) { return Allocate(size); }

void* CountedReallocate(void* memory, std::size_t size) {
  if (memory != nullptr) g_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  return Count(std::realloc(memory, size == 0 ? 1 : size));
}

void CountedFree(void* memory) { Free(memory); }

std::uint64_t AllocationsSoFar() { return g_allocations; }
std::int64_t BytesInUse() { return g_bytes; }

}  // namespace kcs
