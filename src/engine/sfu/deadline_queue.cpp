#include "engine/sfu/deadline_queue.h"

namespace kcs::sfu {

void DeadlineQueue::Set(Index index, Timestamp deadline) {
  if (index >= position_of_.size()) position_of_.resize(index + 1, kAbsent);
  std::uint32_t position = position_of_[index];

  if (deadline == kNever) {
    if (position == kAbsent) return;
    const Entry last = heap_.back();
    heap_.pop_back();
    position_of_[index] = kAbsent;
    if (last.index == index) return;
    Place(position, last);
    Up(position);
    Down(position_of_[last.index]);
    return;
  }

  if (position == kAbsent) {
    position = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back({deadline, index});
    position_of_[index] = position;
    Up(position);
    return;
  }
  if (heap_[position].deadline == deadline) return;
  heap_[position].deadline = deadline;
  Up(position);
  Down(position_of_[index]);
}

void DeadlineQueue::Place(std::size_t position, Entry entry) {
  heap_[position] = entry;
  position_of_[entry.index] = static_cast<std::uint32_t>(position);
}

void DeadlineQueue::Up(std::size_t position) {
  const Entry entry = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (heap_[parent].deadline <= entry.deadline) break;
    Place(position, heap_[parent]);
    position = parent;
  }
  Place(position, entry);
}

void DeadlineQueue::Down(std::size_t position) {
  const Entry entry = heap_[position];
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
    if (heap_[child].deadline >= entry.deadline) break;
    Place(position, heap_[child]);
    position = child;
  }
  Place(position, entry);
}

}  // namespace kcs::sfu
