#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kcs::wire {

// RFC 9626: video frame marking, which tells the layers of codecs whose payload headers do not. One byte in
// streams without layers; with layers LID and TL0PICIDX may follow.
//
//    0                   1                   2
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |S|E|I|D|B| TID |      LID      |   TL0PICIDX   |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct FrameMarking {
  static constexpr std::size_t kMaxSize = 3;

  bool start_of_frame = false;
  bool end_of_frame = false;
  bool independent = false;  // needs no earlier frame
  bool discardable = false;  // no other frame needs it
  // Of a temporal layer above the lowest: needs nothing of its own layer but the lowest temporal one.
  bool base_layer_sync = false;
  std::uint8_t temporal_layer = 0;       // 0...7
  std::optional<std::uint8_t> layer_id;  // of which codec it depends on
  std::optional<std::uint8_t> tl0_picture_index;

  // nullopt: empty, or longer than anything that is defined.
  static std::optional<FrameMarking> Parse(Bytes data);
  void Write(ByteWriter& out) const;  // TL0PICIDX only behind a LID
  friend bool operator==(const FrameMarking&, const FrameMarking&) = default;
};

}  // namespace kcs::wire
