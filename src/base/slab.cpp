#include "base/slab.h"

#include <algorithm>
#include <utility>

namespace kcs {

SlotRef::SlotRef(const SlotRef& other) : slab_(other.slab_), index_(other.index_) {
  if (slab_ != nullptr) ++slab_->References(index_);
}

SlotRef::SlotRef(SlotRef&& other) noexcept
    : slab_(std::exchange(other.slab_, nullptr)), index_(other.index_) {}

SlotRef& SlotRef::operator=(SlotRef other) noexcept {
  std::swap(slab_, other.slab_);
  std::swap(index_, other.index_);
  return *this;
}

std::span<std::uint8_t> SlotRef::bytes() const { return slab_->Slot(index_); }

void SlotRef::Reset() {
  if (slab_ == nullptr) return;
  std::exchange(slab_, nullptr)->Release(index_);
}

SlotRef Slab::Acquire() {
  if (free_.empty() && !Grow()) return {};
  const std::uint32_t index = free_.back();
  free_.pop_back();
  References(index) = 1;
  ++in_use_;
  return {this, index};
}

bool Slab::Grow() {
  const auto first = static_cast<std::uint32_t>(chunks_.size()) * kSlotsPerChunk;
  if (first >= max_slots_) return false;
  const std::uint32_t count = std::min(kSlotsPerChunk, max_slots_ - first);
  Chunk& chunk = chunks_.emplace_back();
  chunk.memory = std::make_unique_for_overwrite<std::uint8_t[]>(count * kSlotSize);
  free_.reserve(first + count);
  for (std::uint32_t i = count; i-- > 0;) free_.push_back(first + i);
  return true;
}

std::span<std::uint8_t> Slab::Slot(std::uint32_t index) const {
  const Chunk& chunk = chunks_[index / kSlotsPerChunk];
  return {chunk.memory.get() + (index % kSlotsPerChunk) * kSlotSize, kSlotSize};
}

std::uint32_t& Slab::References(std::uint32_t index) {
  return chunks_[index / kSlotsPerChunk].references[index % kSlotsPerChunk];
}

void Slab::Release(std::uint32_t index) {
  if (--References(index) > 0) return;
  --in_use_;
  free_.push_back(index);
}

}  // namespace kcs
