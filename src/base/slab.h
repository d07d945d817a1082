#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kcs {

class Slab;

// A counted reference to a slot. Single-threaded: the count is not atomic.
class SlotRef {
 public:
  SlotRef() = default;
  SlotRef(const SlotRef& other);
  SlotRef(SlotRef&& other) noexcept;
  SlotRef& operator=(SlotRef other) noexcept;
  ~SlotRef() { Reset(); }

  explicit operator bool() const { return slab_ != nullptr; }
  std::span<std::uint8_t> bytes() const;
  void Reset();

 private:
  friend class Slab;
  SlotRef(Slab* slab, std::uint32_t index) : slab_(slab), index_(index) {}

  Slab* slab_ = nullptr;
  std::uint32_t index_ = 0;
};

// A bounded pool of equal slots of memory, each large enough for a datagram. It grows by chunks up to
// `max_slots` and never shrinks; once warm it does not allocate. It must outlive its references.
class Slab {
 public:
  static constexpr std::size_t kSlotSize = 2048;

  explicit Slab(std::uint32_t max_slots) : max_slots_(max_slots) {}
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  // An empty reference when all `max_slots` are in use.
  SlotRef Acquire();
  std::uint32_t in_use() const { return in_use_; }
  std::uint32_t max_slots() const { return max_slots_; }

 private:
  friend class SlotRef;
  static constexpr std::uint32_t kSlotsPerChunk = 256;
  struct Chunk {
    std::unique_ptr<std::uint8_t[]> memory;
    std::array<std::uint32_t, kSlotsPerChunk> references{};
  };

  bool Grow();
  std::span<std::uint8_t> Slot(std::uint32_t index) const;
  std::uint32_t& References(std::uint32_t index);
  void Release(std::uint32_t index);

  std::uint32_t max_slots_;
  std::uint32_t in_use_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace kcs
