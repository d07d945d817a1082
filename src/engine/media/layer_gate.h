#pragma once

#include <cstdint>
#include <optional>

#include "engine/wire/frame_info.h"
#include "engine/wire/types.h"

namespace kcs::media {

// The most that a consumer shall get. Of a simulcast producer `spatial` is the index of the stream.
struct LayerTarget {
  std::uint8_t spatial = 255;
  std::uint8_t temporal = 255;
  friend bool operator==(const LayerTarget&, const LayerTarget&) = default;
};

// Which of a producer's streams, and which of their packets, one consumer gets now. The streams of a producer
// are numbered from the lowest to the highest quality; a producer without simulcast has the stream 0 only.
// The highest stream that arrives steadily, up to the target, is forwarded whole; it changes at key frames
// only. Layers inside one stream (SVC, temporal layers) all pass: Decide() sees what a filter by codec would
// need. 8 bytes, no heap.
class LayerGate {
 public:
  static constexpr std::uint8_t kMaxStreams = 8;
  enum class Decision : std::uint8_t {
    kForward,
    kDrop,
    // Forward it, and it begins something new: call Rewriter::Switch(stream, ...) before Rewriter::Map().
    kSwitch,
  };

  LayerGate(wire::MediaKind kind, std::uint8_t streams);

  // Returns like OnStreams().
  bool SetTarget(LayerTarget target);
  LayerTarget target() const { return target_; }
  // One bit per stream, from Activity of the producer's ReceiveStreams. Call it when one of them changes.
  // Returns true if the gate now wants another stream than before, see wants_key_frame().
  bool OnStreams(std::uint8_t alive, std::uint8_t steady);

  // Nothing passes until the next key frame (of sound: the next packet): on pause of either side, and when
  // the stream that is forwarded begins anew (ReceivedPacket::restarted).
  void Interrupt() { current_ = kNone; }

  // Not called while the consumer is paused.
  Decision Decide(std::uint8_t stream, const wire::FrameInfo& frame);

  // The stream that a key frame must be requested of, so that the gate can go on or go up.
  std::optional<std::uint8_t> wants_key_frame() const;
  // The stream that is forwarded now.
  std::optional<std::uint8_t> current() const;
  // The stream that should be forwarded.
  std::uint8_t wanted() const { return wanted_; }

 private:
  static constexpr std::uint8_t kNone = 255;

  bool Choose();
  // The highest stream that the target allows.
  std::uint8_t Cap() const {
    return target_.spatial < streams_ ? target_.spatial : static_cast<std::uint8_t>(streams_ - 1);
  }
  bool IsLost(std::uint8_t stream) const { return ((alive_ >> stream) & 1) == 0; }

  wire::MediaKind kind_;
  std::uint8_t streams_;
  std::uint8_t alive_ = 0;
  std::uint8_t steady_ = 0;
  std::uint8_t current_ = kNone;
  std::uint8_t wanted_ = 0;
  LayerTarget target_;
};

}  // namespace kcs::media
