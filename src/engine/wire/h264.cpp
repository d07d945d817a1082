#include "engine/wire/h264.h"

namespace kcs::wire {
namespace {

constexpr std::uint8_t kSlice = 1;
constexpr std::uint8_t kSlicePartitionA = 2;
constexpr std::uint8_t kIdrSlice = 5;
constexpr std::uint8_t kSei = 6;
constexpr std::uint8_t kSequenceParameterSet = 7;
constexpr std::uint8_t kPictureParameterSet = 8;
constexpr std::uint8_t kAccessUnitDelimiter = 9;
constexpr std::uint8_t kLastSingleNalUnit = 23;
constexpr std::uint8_t kStapA = 24;
constexpr std::uint8_t kFuA = 28;

// Takes a NAL unit of this header, whose content begins with `content` (may be empty).
void TakeNalUnit(std::uint8_t header, Bytes content, H264Payload& p) {
  const auto type = static_cast<std::uint8_t>(header & 0x1f);
  if ((header & 0x60) != 0) p.reference = true;
  if (type >= kSlice && type <= kIdrSlice) p.slice = true;
  switch (type) {
    case kSequenceParameterSet:
      p.key_frame = true;
      p.start_of_frame = true;
      break;
    case kPictureParameterSet:
    case kAccessUnitDelimiter:
    case kSei:
      p.start_of_frame = true;
      break;
    case kSlice:
    case kSlicePartitionA:
    case kIdrSlice: {
      // first_mb_in_slice is an Exp-Golomb number: 0 is the single bit 1.
      const bool first_slice = !content.empty() && (content[0] & 0x80) != 0;
      if (first_slice) p.start_of_frame = true;
      if (type == kIdrSlice) p.key_frame = true;
      break;
    }
    default:
      break;
  }
}

// RFC 6184 5.7.1: NAL unit header, then for each unit its size (16 bits) and itself.
bool TakeAggregate(Bytes units, H264Payload& p) {
  ByteReader in(units);
  while (in.remaining() > 0) {
    const Bytes unit = in.Read(in.U16());
    if (!in.ok() || unit.empty()) return false;
    TakeNalUnit(unit[0], unit.subspan(1), p);
  }
  return true;
}

}  // namespace

// RFC 6184 5.3, the first byte of every payload, and 5.8, the FU header behind it in an FU-A:
//    0 1 2 3 4 5 6 7         0 1 2 3 4 5 6 7
//   +-+-+-+-+-+-+-+-+       +-+-+-+-+-+-+-+-+
//   |F|NRI|  type   |       |S|E|R|  type   |
//   +-+-+-+-+-+-+-+-+       +-+-+-+-+-+-+-+-+
std::optional<H264Payload> H264Payload::Parse(Bytes payload) {
  if (payload.empty()) return std::nullopt;
  H264Payload p;
  const auto type = static_cast<std::uint8_t>(payload[0] & 0x1f);
  if (type >= 1 && type <= kLastSingleNalUnit) {
    TakeNalUnit(payload[0], payload.subspan(1), p);
    return p;
  }
  if (type == kStapA) {
    if (payload.size() < 4 || !TakeAggregate(payload.subspan(1), p)) return std::nullopt;
    return p;
  }
  if (type == kFuA) {
    if (payload.size() < 3) return std::nullopt;
    const std::uint8_t fu = payload[1];
    const bool start = (fu & 0x80) != 0;
    // "a fragmented NAL unit MUST NOT be transmitted in one FU; that is, the Start bit and End bit MUST NOT
    // both be set to one in the same FU header"
    if (start && (fu & 0x40) != 0) return std::nullopt;
    const auto header = static_cast<std::uint8_t>((payload[0] & 0xe0) | (fu & 0x1f));
    if (start) TakeNalUnit(header, payload.subspan(2), p);
    if ((header & 0x60) != 0) p.reference = true;
    if ((header & 0x1f) >= kSlice && (header & 0x1f) <= kIdrSlice) p.slice = true;
    return p;
  }
  return std::nullopt;
}

}  // namespace kcs::wire
