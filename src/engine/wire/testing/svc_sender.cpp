#include "engine/wire/testing/svc_sender.h"

#include <algorithm>

#include "base/check.h"

namespace kcs::wire::testing {
namespace {

constexpr std::size_t kTrailer = 5;
constexpr int kFirstPictureId = 0x7ff0;  // so that it wraps soon

}  // namespace

SvcMode SvcMode::Parse(std::string_view name) {
  KCS_CHECK(name.size() >= 4 && name[2] == 'T');
  SvcMode mode;
  mode.spatial = name[1] - '0';
  mode.temporal = name[3] - '0';
  if (name[0] == 'S') mode.prediction = Prediction::kNone;
  if (name.find("_KEY") != std::string_view::npos) mode.prediction = Prediction::kKeyPictures;
  mode.shifted = name.ends_with("_SHIFT");
  return mode;
}

std::vector<std::string> SvcMode::All() {
  return {"L1T1", "L1T2",     "L1T3",           "L2T1",     "L2T2",     "L2T3",     "L3T1",     "L3T2",
          "L3T3", "L2T1_KEY", "L2T2_KEY",       "L2T3_KEY", "L3T1_KEY", "L3T2_KEY", "L3T3_KEY", "S2T1",
          "S2T2", "S2T3",     "L2T2_KEY_SHIFT", "S3T1",     "S3T2",     "S3T3"};
}

SvcPlace PlaceOf(Bytes payload) {
  KCS_CHECK(payload.size() >= kTrailer);
  const std::uint8_t* trailer = payload.data() + payload.size() - kTrailer;
  return {.frame = LoadU32(trailer), .packet = trailer[4]};
}

SvcSender::SvcSender(SvcMode mode, SvcFormat format)
    : mode_(mode), format_(format), sent_layers_(mode.spatial) {
  if (format_ == SvcFormat::kAv1) CollectTemplates();
}

std::vector<SvcPacket> SvcSender::NextPicture(bool key, std::span<const int> counts) {
  ++picture_;
  ++since_key_;
  if (key || picture_ == 0) {
    since_key_ = 0;
    last_ = {};
  }
  targets_changed_ = sent_layers_ != active_layers_;
  active_layers_ = sent_layers_;
  for (std::size_t gone = static_cast<std::size_t>(active_layers_); gone < kMaxSpatial; ++gone)
    last_[gone] = {};
  if (TemporalAt(0) == 0) ++tl0_;

  std::vector<SvcPacket> packets;
  for (int spatial = 0; spatial < active_layers_; ++spatial) {
    frames_.push_back(MakeFrame(spatial));
    SvcFrame& frame = frames_.back();
    if (!counts.empty()) frame.packets = counts[static_cast<std::size_t>(spatial)];
    for (int number = 0; number < frame.packets; ++number) packets.push_back(PacketOf(frame, number));
    last_[static_cast<std::size_t>(spatial)][static_cast<std::size_t>(frame.temporal)] = frame.index;
  }
  packets.back().marker = true;
  return packets;
}

int SvcSender::TemporalAt(int spatial) const {
  if (since_key_ == 0) return 0;
  const int place = since_key_ + (mode_.shifted ? spatial : 0);
  switch (mode_.temporal) {
    case 1:
      return 0;
    case 2:
      return place % 2;
    default:
      return std::array{0, 2, 1, 2}[static_cast<std::size_t>(place % 4)];
  }
}

SvcFrame SvcSender::MakeFrame(int spatial) {
  SvcFrame frame{.index = static_cast<std::uint32_t>(frames_.size()),
                 .picture = picture_,
                 .spatial = spatial,
                 .temporal = TemporalAt(spatial),
                 .key = since_key_ == 0,
                 .packets = kPacketsPerFrame,
                 .references = {}};
  // The newest frame of the layer with a lower temporal id; of the base layer the last one.
  std::optional<std::uint32_t> before;
  for (int t = 0; t < std::max(frame.temporal, 1); ++t) {
    const auto last = last_[static_cast<std::size_t>(spatial)][static_cast<std::size_t>(t)];
    if (last && (!before || *last > *before)) before = last;
  }
  if (before) frame.references.push_back(*before);
  const bool predicts = mode_.prediction == SvcMode::Prediction::kFull ||
                        (mode_.prediction == SvcMode::Prediction::kKeyPictures && frame.key);
  if (spatial > 0 && predicts) frame.references.push_back(frame.index - 1);
  return frame;
}

bool SvcSender::IsReferredAbove(const SvcFrame& frame) const {
  if (frame.spatial + 1 >= mode_.spatial) return false;
  return mode_.prediction == SvcMode::Prediction::kFull ||
         (mode_.prediction == SvcMode::Prediction::kKeyPictures && frame.key);
}

SvcPacket SvcSender::PacketOf(const SvcFrame& frame, int number) const {
  SvcPacket packet;
  packet.payload = format_ == SvcFormat::kAv1 ? Av1Payload(frame, number) : Vp9Payload(frame, number);
  packet.payload.insert(packet.payload.end(), 20, 0x55);
  std::array<std::uint8_t, kTrailer> trailer{};
  StoreU32(trailer.data(), frame.index);
  trailer[4] = static_cast<std::uint8_t>(number);
  packet.payload.insert(packet.payload.end(), trailer.begin(), trailer.end());
  if (format_ == SvcFormat::kAv1) packet.descriptor = Descriptor(frame, number);
  return packet;
}

// RFC 9628 4.2.
std::vector<std::uint8_t> SvcSender::Vp9Payload(const SvcFrame& frame, int number) const {
  const bool flexible = format_ == SvcFormat::kVp9Flexible;
  const bool begins = number == 0;
  const bool ends = number + 1 == frame.packets;
  bool inter_layer = false;
  int distance = 0;  // in pictures, of the reference in time
  for (const std::uint32_t reference : frame.references) {
    const int pictures = frame.picture - frames_[reference].picture;
    if (pictures == 0) inter_layer = true;
    if (pictures > 0) distance = pictures;
  }
  const bool has_structure = begins && frame.key && frame.spatial == 0;
  const int first = 0x80 | (distance > 0 ? 0x40 : 0) | 0x20 | (flexible ? 0x10 : 0) | (begins ? 0x08 : 0) |
                    (ends ? 0x04 : 0) | (has_structure ? 0x02 : 0) | (IsReferredAbove(frame) ? 0 : 0x01);
  const int picture_id = (kFirstPictureId + frame.picture) & 0x7fff;
  const int up = flexible ? 0 : 0x10;  // browsers say it in the other mode only
  std::vector<std::uint8_t> payload;
  const auto byte = [&](int value) { payload.push_back(static_cast<std::uint8_t>(value)); };
  byte(first);
  byte(0x80 | (picture_id >> 8));
  byte(picture_id & 0xff);
  byte((frame.temporal << 5) | up | (frame.spatial << 1) | (inter_layer ? 1 : 0));
  if (!flexible) byte(tl0_);
  if (flexible && distance > 0) byte(distance << 1);
  if (has_structure) byte((active_layers_ - 1) << 5);
  return payload;
}

// "RTP Payload Format For AV1", 4.4: one OBU, in as many packets as it takes.
std::vector<std::uint8_t> SvcSender::Av1Payload(const SvcFrame& frame, int number) const {
  const bool first = number == 0;
  const bool last = number + 1 == frame.packets;
  const bool sequence_begins = first && frame.key && frame.spatial == 0;
  const int header = (first ? 0 : 0x80) | (last ? 0 : 0x40) | 0x10 | (sequence_begins ? 0x08 : 0);
  std::vector<std::uint8_t> payload{static_cast<std::uint8_t>(header)};
  if (first) payload.push_back(0x30);  // OBU_FRAME
  return payload;
}

}  // namespace kcs::wire::testing
