#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace kcs::sfu {

// Which object is due next, for objects numbered 0...n-1. An indexed binary heap: filing, re-filing and
// removing cost O(log n), and nothing is ever polled. Allocates only when it grows.
class DeadlineQueue {
 public:
  using Index = std::uint32_t;

  // Files or re-files; kNever removes.
  void Set(Index index, Timestamp deadline);
  void Remove(Index index) { Set(index, kNever); }

  Timestamp next() const { return heap_.empty() ? kNever : heap_.front().deadline; }
  // The object at the top; only when next() is not kNever. It stays filed until it is re-filed.
  Index top() const { return heap_.front().index; }
  std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::uint32_t kAbsent = 0xffffffff;
  struct Entry {
    Timestamp deadline;
    Index index;
  };

  void Place(std::size_t position, Entry entry);
  void Up(std::size_t position);
  void Down(std::size_t position);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> position_of_;
};

}  // namespace kcs::sfu
