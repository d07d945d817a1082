#pragma once

#include <cstdint>

#include "engine/media/layers.h"
#include "engine/wire/frame_info.h"

namespace kcs::media {

// Which layers of one stream pass, by the layer numbers in the codec's own header (wire::LayerModel::kIds):
// temporal layers of VP8, VP9 and H.264, spatial layers of VP9. One spatial layer is the top; the lower ones
// go along where a higher one needs them, which in k-SVC (LxTy_KEY) and in simulcast within a stream (SxTy)
// is at key pictures only.
class LayerIds {
 public:
  void SetCap(Layers cap) { cap_ = cap; }
  // The spatial layers that arrive, a bit each; 0: not known, then lower layers always go along.
  void SetAlive(std::uint8_t alive) { alive_ = alive; }

  // At the first packet of a picture and of a frame, in order: what passes from it on. `ended`: the receiver
  // has been told that the picture is complete.
  LayerCut AtPicture(LayerCut now, const wire::FrameInfo& frame);
  LayerCut AtFrame(LayerCut now, const wire::FrameInfo& frame, bool ended) const;
  // `of_key_picture`: the frame is of the newest key picture.
  bool Passes(LayerCut cut, const wire::FrameInfo& frame, bool of_key_picture) const;
  // Packets are missing. What they were of may have been left out, so nothing new can build on it.
  void OnGap(LayerCut now);
  // What became of a packet, in order.
  void Note(LayerCut cut, const wire::FrameInfo& frame, bool passed);
  void OnLateKeyFrame(const wire::FrameInfo& /*frame*/) {}

  // The layer's last packet is the receiver's last of its picture, although higher layers may follow.
  bool EndsPicture(LayerCut cut, std::uint8_t spatial) const;
  // Within a picture: a frame of this layer may yet be taken up (AtFrame), or neither it nor what is above.
  bool MayTakeUp(LayerCut cut, std::uint8_t spatial) const {
    return spatial > cut.spatial && spatial <= cap_.spatial && IsReady(spatial);
  }
  bool IsTooHigh(LayerCut cut, std::uint8_t spatial) const {
    return spatial > cut.spatial && spatial > cap_.spatial;
  }
  bool NeedsKeyFrame(LayerCut now) const;
  Layers LayersOf(LayerCut cut) const { return {cut.spatial, cut.temporal}; }

 private:
  std::uint8_t Wanted() const;
  std::uint8_t Next(std::uint8_t spatial) const;
  bool IsReady(std::uint8_t spatial) const { return ((ready_ >> spatial) & 1) != 0; }
  void AdvancePicture(const wire::PictureIds& ids);

  Layers cap_{255, 255};
  std::uint8_t alive_ = 0;
  // Spatial layers that can be gone on with: of what they need, nothing was left out since the key picture.
  std::uint8_t ready_ = 0;
  bool gap_ = false;           // before the packet at hand
  bool clean_ = false;         // of the picture that is arriving nothing the top layer needs is missing
  bool open_ = false;          // temporal layers can be taken up with the next picture
  std::uint16_t picture_ = 0;  // VP9, flexible mode: the newest picture id,
  std::uint64_t sent_ = 0;     // and of it and the 63 before which were sent: bit i is i pictures back
};

}  // namespace kcs::media
