#include "svc_camera.h"

#include <algorithm>

#include "base/check.h"

namespace kcs::sim {
namespace {

using wire::testing::PlaceOf;
using wire::testing::SvcFormat;
using wire::testing::SvcFrame;
using wire::testing::SvcMode;
using wire::testing::SvcPacket;

constexpr std::size_t kMaxPayload = 1150;  // as in MediaSource
// The sender's own, which names the frame, at the very end; ours before it.
constexpr std::size_t kTrailer = 5;
constexpr std::size_t kMark = 5 + 4 * SvcMark::kMostReferences;

void Append(const SvcFrame& frame, std::size_t size, std::vector<std::uint8_t>& payload) {
  const auto at = static_cast<std::ptrdiff_t>(payload.size() - kTrailer);
  std::vector<std::uint8_t> extra(std::max(size, payload.size() + kMark) - payload.size(), 0x55);
  std::uint8_t* mark = extra.data() + extra.size() - kMark;
  mark[0] = static_cast<std::uint8_t>(frame.packets);
  mark[1] = static_cast<std::uint8_t>(frame.spatial);
  mark[2] = static_cast<std::uint8_t>(frame.temporal);
  mark[3] = frame.key ? 1 : 0;
  mark[4] = static_cast<std::uint8_t>(frame.references.size());
  KCS_CHECK(frame.references.size() <= SvcMark::kMostReferences);
  for (std::size_t i = 0; i < frame.references.size(); ++i) StoreU32(mark + 5 + 4 * i, frame.references[i]);
  payload.insert(payload.begin() + at, extra.begin(), extra.end());
}

}  // namespace

std::optional<SvcMark> SvcMark::Read(Bytes payload) {
  if (payload.size() < kTrailer + kMark) return std::nullopt;
  const std::uint8_t* mark = payload.data() + payload.size() - kTrailer - kMark;
  const auto place = PlaceOf(payload);
  SvcMark read{.frame = place.frame,
               .packet = place.packet,
               .packets = mark[0],
               .spatial = mark[1],
               .temporal = mark[2],
               .key = mark[3] != 0,
               .reference_count = std::min<std::uint8_t>(mark[4], kMostReferences)};
  for (std::size_t i = 0; i < read.reference_count; ++i) read.references[i] = LoadU32(mark + 5 + 4 * i);
  return read;
}

SvcCamera::SvcCamera(const std::string& mode, SvcFormat format, std::span<const std::uint32_t> layers,
                     Duration frame_interval, double key_frame, std::uint64_t seed)
    : sender_(SvcMode::Parse(mode), format) {
  KCS_CHECK(layers.size() == static_cast<std::size_t>(sender_.mode().spatial));
  for (const std::uint32_t bitrate : layers) {
    encoders_.emplace_back(bitrate, frame_interval, static_cast<std::uint8_t>(sender_.mode().temporal),
                           key_frame, ++seed);
  }
}

std::vector<SvcPacket> SvcCamera::NextPicture(bool key) {
  key = key || sender_.frames().empty();
  std::vector<std::size_t> bytes;
  std::vector<int> counts;
  for (Encoder& encoder : encoders_) {
    bytes.push_back(encoder.Next(key).bytes);
    counts.push_back(static_cast<int>((bytes.back() + kMaxPayload - 1) / kMaxPayload));
  }
  std::vector<SvcPacket> packets = sender_.NextPicture(key, counts);
  for (SvcPacket& packet : packets) {
    const SvcFrame& frame = sender_.frames()[PlaceOf(packet.payload).frame];
    const auto layer = static_cast<std::size_t>(frame.spatial);
    Append(frame, bytes[layer] / static_cast<std::size_t>(counts[layer]), packet.payload);
  }
  return packets;
}

}  // namespace kcs::sim
