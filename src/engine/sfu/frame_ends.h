#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/sfu/media_packet.h"

namespace kcs::sfu {

class Producer;

// Last packets of layer frames that wait for the next packet, which tells whether the same picture goes on
// and with which spatial layer (FrameInfo::next_spatial). Whoever gets layers up to some height has to be
// told the end of a picture with its last packet, and encoders leave out layers of single pictures: without
// the end a decoder waits for what never comes. The next frame follows at once, so nobody gets a picture
// later for it.
class FrameEnds {
 public:
  // Then nothing follows, or not in time.
  static constexpr Duration kLongest = 5ms;

  static bool Waits(const MediaPacket& packet) {
    return packet.carries_media && packet.frame.layers != wire::LayerModel::kNone &&
           packet.frame.end_of_frame && !packet.frame.end_of_picture;
  }

  // One of each producer: TakeOf() first.
  void Add(Producer& producer, MediaPacket packet, Timestamp now);
  std::optional<MediaPacket> TakeOf(const Producer& producer);
  struct Waiting {
    Producer* producer = nullptr;
    MediaPacket packet;
    Timestamp until{};
  };
  // The next that waits no longer.
  std::optional<Waiting> TakeDue(Timestamp now);
  // Of the next that TakeDue() will have; kNever.
  Timestamp NextDeadline() const { return waiting_.empty() ? kNever : waiting_.front().until; }
  void Forget(const Producer& producer) { TakeOf(producer); }

 private:
  std::vector<Waiting> waiting_;  // in the order of their times
};

}  // namespace kcs::sfu
