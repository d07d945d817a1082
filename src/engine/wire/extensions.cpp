#include "engine/wire/extensions.h"

#include <algorithm>

namespace kcs::wire {

void ExtensionMap::Set(ExtensionType type, std::uint8_t id) {
  if (type == ExtensionType::kUnknown || type >= ExtensionType::kCount) return;
  std::uint8_t& own = ids_.ids_[static_cast<std::size_t>(type)];
  if (own != 0) types_[own] = ExtensionType::kUnknown;
  own = id;
  if (id == 0) return;
  const ExtensionType previous = types_[id];
  if (previous != ExtensionType::kUnknown) ids_.ids_[static_cast<std::size_t>(previous)] = 0;
  types_[id] = type;
}

std::optional<AudioLevel> AudioLevel::Parse(Bytes data) {
  if (data.size() != 1) return std::nullopt;
  return AudioLevel{(data[0] & 0x80) != 0, static_cast<std::uint8_t>(data[0] & 0x7f)};
}

std::optional<std::uint32_t> ParseAbsSendTime(Bytes data) {
  if (data.size() != kAbsSendTimeSize) return std::nullopt;
  return LoadU24(data.data());
}

std::uint32_t ToAbsSendTime(Timestamp t) {
  // Wraps every 64 s: cut first, so that the product stays in range; a negative time is brought above zero.
  constexpr std::int64_t kWrap = 64'000'000;
  const std::int64_t micros = ((ToMicros(t) % kWrap) + kWrap) % kWrap;
  return static_cast<std::uint32_t>(((micros << 18) / 1'000'000) & 0xffffff);
}

std::optional<std::uint16_t> ParseTransportSequence(Bytes data) {
  if (data.size() != kTransportSequenceSize) return std::nullopt;
  return LoadU16(data.data());
}

std::optional<std::string_view> ParseIdentification(Bytes data) {
  if (data.empty()) return std::nullopt;
  const bool visible =
      std::all_of(data.begin(), data.end(), [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
  if (!visible) return std::nullopt;
  return AsText(data);
}

std::optional<VideoOrientation> VideoOrientation::Parse(Bytes data) {
  if (data.size() != 1) return std::nullopt;
  VideoOrientation orientation;
  orientation.back_camera = (data[0] & 0x08) != 0;
  orientation.flip = (data[0] & 0x04) != 0;
  orientation.rotation = static_cast<std::uint16_t>((data[0] & 0x03) * 90);
  return orientation;
}

std::uint8_t VideoOrientation::ToByte() const {
  return static_cast<std::uint8_t>((back_camera ? 0x08 : 0) | (flip ? 0x04 : 0) | ((rotation / 90) & 0x03));
}

std::optional<std::int32_t> ParseToffset(Bytes data) {
  if (data.size() != kToffsetSize) return std::nullopt;
  // Sign extension of 24 bits.
  return static_cast<std::int32_t>(LoadU24(data.data()) << 8) >> 8;
}

void StoreToffset(std::uint8_t* out, std::int32_t offset) {
  StoreU24(out, static_cast<std::uint32_t>(offset) & 0xffffff);
}

//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |            absolute capture timestamp (64 bits, 32.32)        :
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |    estimated capture clock offset (64 bits, 32.32), optional  :
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<AbsCaptureTime> AbsCaptureTime::Parse(Bytes data) {
  if (data.size() != 8 && data.size() != 16) return std::nullopt;
  AbsCaptureTime time;
  time.ntp = LoadU64(data.data());
  if (data.size() == 16) time.clock_offset = static_cast<std::int64_t>(LoadU64(data.data() + 8));
  return time;
}

void AbsCaptureTime::Write(ByteWriter& out) const {
  out.U64(ntp);
  if (clock_offset) out.U64(static_cast<std::uint64_t>(*clock_offset));
}

//    0                   1                   2
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |       MIN delay       |       MAX delay       |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<PlayoutDelay> PlayoutDelay::Parse(Bytes data) {
  if (data.size() != kSize) return std::nullopt;
  const std::uint32_t both = LoadU24(data.data());
  return PlayoutDelay{(both >> 12) * 10ms, (both & 0xfff) * 10ms};
}

void PlayoutDelay::Write(ByteWriter& out) const {
  const auto units = [](Duration d) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(d / Duration(10ms), 0, 0xfff));
  };
  out.U24((units(min) << 12) | units(max));
}

}  // namespace kcs::wire
