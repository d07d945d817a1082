#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

namespace kcs::wire {

// A list with room for N values inside itself: what a packet of bounded size can carry, without the heap.
template <typename T, std::size_t N>
class BoundedList {
 public:
  BoundedList() = default;
  // Values beyond the N-th are left out.
  BoundedList(std::initializer_list<T> values) {
    for (const T& value : values) PushBack(value);
  }

  static constexpr std::size_t capacity() { return N; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == N; }

  // False, and nothing added, when the list is full.
  bool PushBack(const T& value) {
    if (full()) return false;
    items_[size_++] = value;
    return true;
  }
  void Clear() { size_ = 0; }

  const T& operator[](std::size_t i) const { return items_[i]; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  std::span<const T> span() const { return {items_.data(), size_}; }

  friend bool operator==(const BoundedList& a, const BoundedList& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.items_[i] == b.items_[i])) return false;
    }
    return true;
  }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

}  // namespace kcs::wire
