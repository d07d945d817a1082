#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "engine/wire/dependency_descriptor.h"

namespace kcs::wire::testing {

// A scalability mode of the W3C's list ("Scalable Video Coding (SVC) Extension for WebRTC").
struct SvcMode {
  enum class Prediction { kFull, kKeyPictures, kNone };  // between spatial layers: LxTy, LxTy_KEY, SxTy

  int spatial = 1;
  int temporal = 1;
  Prediction prediction = Prediction::kFull;
  bool shifted = false;  // _KEY_SHIFT: the upper layer's temporal pattern is one picture later

  static SvcMode Parse(std::string_view name);
  static std::vector<std::string> All();
};

enum class SvcFormat { kVp9, kVp9Flexible, kAv1 };

// A layer frame: what it is, and which frames a decoder must have for it.
struct SvcFrame {
  std::uint32_t index = 0;
  int picture = 0;
  int spatial = 0;
  int temporal = 0;
  bool key = false;  // of a key picture
  int packets = 0;
  std::vector<std::uint32_t> references;  // indices
};

struct SvcPacket {
  std::vector<std::uint8_t> payload;     // ends with the frame's index and the packet's place in it
  std::vector<std::uint8_t> descriptor;  // the dependency descriptor extension (AV1)
  bool marker = false;
};

// Which frame a payload is of, and its how-many-th packet.
struct SvcPlace {
  std::uint32_t frame = 0;
  std::uint8_t packet = 0;
};
SvcPlace PlaceOf(Bytes payload);

// An encoder and packetizer of all layers, with the references that browsers' encoders choose.
class SvcSender {
 public:
  static constexpr int kPacketsPerFrame = 2;

  SvcSender(SvcMode mode, SvcFormat format);

  // The next picture, in order of its packets. The first one is a key picture whether asked or not. `counts`:
  // how many packets each layer frame has; none: kPacketsPerFrame.
  std::vector<SvcPacket> NextPicture(bool key = false, std::span<const int> counts = {});
  // From the next picture on only so many spatial layers are sent. A layer that is taken up again begins with
  // a prediction from the one below (LxTy); in the other modes with the key picture that the caller asks for.
  void SetSpatialLayers(int layers) { sent_layers_ = layers; }

  const SvcMode& mode() const { return mode_; }
  const std::vector<SvcFrame>& frames() const { return frames_; }

 private:
  static constexpr int kMaxSpatial = 3;
  static constexpr int kMaxTemporal = 3;

  SvcFrame MakeFrame(int spatial);
  int TemporalAt(int spatial) const;
  bool IsReferredAbove(const SvcFrame& frame) const;
  SvcPacket PacketOf(const SvcFrame& frame, int number) const;
  std::vector<std::uint8_t> Vp9Payload(const SvcFrame& frame, int number) const;
  std::vector<std::uint8_t> Av1Payload(const SvcFrame& frame, int number) const;
  std::vector<std::uint8_t> Descriptor(const SvcFrame& frame, int number) const;

  // --- the dependency descriptor ---
  FrameDependencyTemplate TemplateOf(const SvcFrame& frame) const;
  DecodeTargetIndication IndicationFor(const SvcFrame& frame, int spatial, int temporal) const;
  void CollectTemplates();
  void WriteStructure(class DescriptorWriter& out) const;

  SvcMode mode_;
  SvcFormat format_;
  int sent_layers_;
  int active_layers_ = 0;  // of the last picture
  bool targets_changed_ = false;
  int picture_ = -1;
  int since_key_ = -1;
  std::uint8_t tl0_ = 250;
  std::vector<SvcFrame> frames_;
  std::array<std::array<std::optional<std::uint32_t>, kMaxTemporal>, kMaxSpatial>
      last_{};  // frame of each layer
  std::vector<FrameDependencyTemplate> templates_;
};

}  // namespace kcs::wire::testing
