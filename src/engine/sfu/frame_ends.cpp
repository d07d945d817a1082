#include "engine/sfu/frame_ends.h"

#include <algorithm>

namespace kcs::sfu {

void FrameEnds::Add(Producer& producer, MediaPacket packet, Timestamp now) {
  waiting_.push_back({.producer = &producer, .packet = std::move(packet), .until = now + kLongest});
}

std::optional<MediaPacket> FrameEnds::TakeOf(const Producer& producer) {
  const auto found = std::ranges::find(waiting_, &producer, &Waiting::producer);
  if (found == waiting_.end()) return std::nullopt;
  MediaPacket packet = std::move(found->packet);
  waiting_.erase(found);
  return packet;
}

std::optional<FrameEnds::Waiting> FrameEnds::TakeDue(Timestamp now) {
  if (NextDeadline() > now) return std::nullopt;
  Waiting due = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
  return due;
}

}  // namespace kcs::sfu
