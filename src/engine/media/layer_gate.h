#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine/media/layer_filter.h"
#include "engine/media/layers.h"
#include "engine/wire/frame_info.h"
#include "engine/wire/types.h"

namespace kcs::media {

// Which of a producer's streams, and which of their packets, one consumer gets now.
//
// Of several streams (simulcast), numbered from the lowest to the highest quality, the highest that arrives
// steadily, up to the target, is forwarded; it changes at key frames only. Inside the stream a LayerFilter
// leaves out the temporal layers above the target, and, of a producer with a single stream, the spatial ones.
// What has to wait for a key frame to go down saves temporal layers until then. 24 bytes; of video the filter
// (170 bytes) besides.
class LayerGate {
 public:
  static constexpr std::uint8_t kMaxStreams = 8;
  enum class Action : std::uint8_t {
    kForward,
    kDrop,
    // Forward it, and it begins something new: call Rewriter::Switch(stream, ...) before Rewriter::Map().
    kSwitch,
  };
  struct Decision {
    Action action = Action::kDrop;
    // Set the marker: higher layers of the picture may follow, but not for this consumer.
    bool ends_picture = false;
    // See wants_key_frame(): this has become so, or is so for long.
    bool wants_key_frame = false;
  };

  LayerGate(wire::MediaKind kind, std::uint8_t streams);

  // Takes effect with the next picture at the earliest. Returns true if that takes a key frame that was not
  // wanted before, see wants_key_frame().
  bool SetTarget(LayerTarget target);
  LayerTarget target() const { return target_; }
  // One bit per stream; of a single stream, per spatial layer. Call it when one of them changes. Returns like
  // SetTarget().
  bool OnStreams(std::uint8_t alive, std::uint8_t steady);

  // Nothing passes until the next key frame (of sound: the next packet): on pause of either side, and when
  // the stream that is forwarded begins anew (ReceivedPacket::restarted).
  void Interrupt() { current_ = kNone; }

  // For each packet that means something to its codec; not called while the consumer is paused. `sequence` is
  // extended and, like `timestamp`, the source's.
  Decision Decide(std::uint8_t stream, const wire::FrameInfo& frame, std::uint64_t sequence,
                  std::uint32_t timestamp) {
    if (stream != current_ || target_.nothing) return DecideOther(stream, frame, sequence, timestamp);
    if (filter_ == nullptr) return {.action = Action::kForward};
    const LayerFilter::Verdict verdict = filter_->Decide(frame, sequence, timestamp);
    return {.action = verdict.pass ? Action::kForward : Action::kDrop,
            .ends_picture = verdict.ends_picture,
            .wants_key_frame = verdict.needs_key_frame};
  }

  // Of a packet that means nothing to its codec, so that it does not count as lost.
  void Skip(std::uint8_t stream, std::uint64_t sequence) {
    if (stream == current_ && filter_ != nullptr) filter_->Skip(sequence);
  }

  // The stream that a key frame must be requested of, so that the gate can go on, or reach its target.
  std::optional<std::uint8_t> wants_key_frame() const;
  // The stream that is forwarded now.
  std::optional<std::uint8_t> current() const;
  // The stream that should be forwarded.
  std::uint8_t wanted() const { return wanted_; }
  // What is forwarded now of what is there.
  std::optional<Layers> current_layers() const;

  // Of a packet of the current stream that was forwarded before, the last of its frame:
  // Decision::ends_picture.
  bool EndedPicture(std::uint32_t timestamp, std::uint8_t spatial, std::uint8_t next_spatial) const {
    return filter_ != nullptr && filter_->EndedPicture(timestamp, spatial, next_spatial);
  }
  // nullopt: the current stream has no dependency descriptor.
  std::optional<ActiveTargets> active_targets() const {
    return current_ == kNone || filter_ == nullptr ? std::nullopt : filter_->active_targets();
  }

 private:
  static constexpr std::uint8_t kNone = 255;

  void Choose();
  void SetFilterCap();
  // The highest stream that the target allows.
  std::uint8_t Cap() const {
    return target_.spatial < streams_ ? target_.spatial : static_cast<std::uint8_t>(streams_ - 1);
  }
  bool IsLost(std::uint8_t stream) const { return ((alive_ >> stream) & 1) == 0; }
  // Of another stream, or where it has to end.
  Decision DecideOther(std::uint8_t stream, const wire::FrameInfo& frame, std::uint64_t sequence,
                       std::uint32_t timestamp);
  bool MayBegin(std::uint8_t stream, const wire::FrameInfo& frame) const;

  std::unique_ptr<LayerFilter> filter_;  // nullptr: of sound, which has no layers
  wire::MediaKind kind_;
  std::uint8_t streams_;
  std::uint8_t alive_ = 0;  // streams
  std::uint8_t steady_ = 0;
  std::uint8_t current_ = kNone;
  std::uint8_t wanted_ = 0;
  LayerTarget target_;
};

}  // namespace kcs::media
