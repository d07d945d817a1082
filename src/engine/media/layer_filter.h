#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "engine/media/decode_targets.h"
#include "engine/media/layer_ids.h"
#include "engine/media/layers.h"
#include "engine/wire/frame_info.h"

namespace kcs::media {

// Which packets of one stream pass, by what the codec says of its layers (LayerIds, DecodeTargets); where it
// says nothing, all do. Decisions are made at the beginning of a picture or frame and hold for its packets;
// packets that come late get the decision that was in force at their time. No heap.
class LayerFilter {
 public:
  struct Verdict {
    bool pass = true;
    bool ends_picture = false;     // must carry the marker: the receiver gets no more of its picture
    bool needs_key_frame = false;  // nothing else brings the wanted layers: ask for one now
  };

  // The stream begins anew with a key frame, whose first packet Decide() gets next.
  void Begin(wire::LayerModel model);
  void SetCap(Layers cap);
  // The stream's spatial layers that arrive, a bit each; 0: not known.
  void SetAlive(std::uint8_t alive);

  Verdict Decide(const wire::FrameInfo& frame, std::uint64_t sequence, std::uint32_t timestamp) {
    if (whole_ && sequence == highest_ + 1 && IsPlain(frame)) {
      highest_ = sequence;
      timestamp_ = timestamp;
      begun_ = false;
      if (frame.temporal > seen_.now.temporal) seen_.now.temporal = frame.temporal;
      return {.ends_picture = frame.end_of_frame && cap_.spatial == 0};
    }
    return DecideFully(frame, sequence, timestamp);
  }
  // A packet that means nothing to the codec, and so is not missing either.
  void Skip(std::uint64_t sequence) { highest_ = sequence > highest_ ? sequence : highest_; }
  // Does a new picture begin with this packet?
  bool IsNewPicture(std::uint64_t sequence, std::uint32_t timestamp) const {
    return !started_ || (sequence > highest_ && timestamp != timestamp_);
  }

  bool NeedsKeyFrame() const;
  // What passes of what there is.
  Layers current() const;
  // Of a packet sent before, the last of its frame. `next_spatial`: FrameInfo::next_spatial.
  bool EndedPicture(std::uint32_t timestamp, std::uint8_t spatial, std::uint8_t next_spatial) const;
  // nullopt without a dependency descriptor.
  std::optional<ActiveTargets> active_targets() const;

 private:
  // A cut and the timestamp of the first picture it was made for.
  struct Epoch {
    std::uint32_t from = 0;
    LayerCut cut;
  };
  struct Seen {
    Layers now;     // the highest layers since the last key picture,
    Layers before;  // and between the two before
  };
  // Clock ticks between two wishes for a key frame that does not help: a second of video.
  static constexpr std::uint32_t kAskAgain = 90'000;

  // Most receivers of most streams get everything, and nothing has to be remembered of most packets for the
  // time when they do not any more.
  bool IsPlain(const wire::FrameInfo& frame) const {
    return !frame.key_frame && !frame.names_references && frame.layers == model_ && frame.spatial == 0 &&
           frame.temporal <= epochs_[0].cut.temporal;
  }
  bool IsWhole() const;
  Verdict DecideFully(const wire::FrameInfo& frame, std::uint64_t sequence, std::uint32_t timestamp);
  Verdict DecideLate(const wire::FrameInfo& frame, std::uint32_t timestamp);
  void Adopt(wire::LayerModel model);
  void Change(LayerCut cut);
  LayerCut CutAt(std::uint32_t timestamp) const;
  void NoteSeen(const wire::FrameInfo& frame);
  bool TakeWish();

  // What every packet of a whole stream touches comes first, and lies in one cache line.
  wire::LayerModel model_ = wire::LayerModel::kNone;
  bool started_ = false;
  bool whole_ = false;   // nothing is left out, nor could be
  bool begun_ = false;   // the picture that is arriving, for the receiver (not known while all passes)
  bool torn_ = false;    // and packets of it are missing
  bool ended_ = false;   // and it is complete
  bool wished_ = false;  // for a key frame
  std::uint8_t alive_ = 0;
  std::uint8_t ever_alive_ = 0;
  std::uint8_t epoch_count_ = 0;
  std::uint64_t highest_ = 0;
  std::uint32_t timestamp_ = 0;
  Layers cap_{255, 255};
  Seen seen_;
  std::array<Epoch, 8> epochs_{};    // [0] is in force
  std::uint32_t key_timestamp_ = 0;  // of the newest key picture
  std::uint32_t wished_at_ = 0;
  std::variant<LayerIds, DecodeTargets> layers_;
};

}  // namespace kcs::media
