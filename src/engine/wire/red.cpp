#include "engine/wire/red.h"

#include <array>
#include <cstring>

namespace kcs::wire {
namespace {

constexpr std::uint8_t kMoreBlocks = 0x80;  // F
constexpr std::size_t kRedundantHeader = 4;
constexpr std::size_t kLengthMask = 0x3ff;

}  // namespace

bool IsRed(Bytes payload) {
  std::array<std::uint8_t, kMaxRedHeader> scratch;
  return WriteRedHeader(payload, 0, scratch.data()) > 0;
}

std::size_t WriteRedHeader(Bytes payload, std::uint8_t payload_type, std::uint8_t* out) {
  std::size_t at = 0;
  std::size_t data = 0;  // of the redundant blocks
  while (at < payload.size() && at < kMaxRedHeader) {
    if ((payload[at] & kMoreBlocks) == 0) {
      out[at++] = payload_type;
      return payload.size() - at >= data ? at : 0;
    }
    if (at + kRedundantHeader >= kMaxRedHeader || at + kRedundantHeader >= payload.size()) return 0;
    std::memcpy(out + at, payload.data() + at, kRedundantHeader);
    out[at] = kMoreBlocks | payload_type;
    data += LoadU16(payload.data() + at + 2) & kLengthMask;
    at += kRedundantHeader;
  }
  return 0;
}

}  // namespace kcs::wire
