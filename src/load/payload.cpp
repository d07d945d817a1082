#include "load/payload.h"

#include <algorithm>

#include "engine/wire/vp8.h"

namespace kcs::load {

void WritePayload(const Payload& payload, Timestamp sent, MutableBytes out) {
  std::copy_n(payload.prefix.begin(), payload.prefix_size, out.begin());
  std::uint8_t* const stamp = out.data() + payload.prefix_size;
  StoreU32(stamp, kStampMagic);
  StoreU64(stamp + 4, static_cast<std::uint64_t>(ToMicros(sent)));
}

Received ReadPayload(wire::MediaKind kind, Bytes payload) {
  Received out;
  std::size_t offset = 1;
  if (kind == wire::MediaKind::kVideo) {
    const auto descriptor = wire::Vp8Descriptor::Parse(payload);
    if (!descriptor) return out;
    out.key_frame = descriptor->key_frame;
    offset = descriptor->size + kVp8FrameHeader;
  }
  if (payload.size() < offset + kStampSize || LoadU32(payload.data() + offset) != kStampMagic) return out;
  out.sent = Timestamp(Duration(static_cast<std::int64_t>(LoadU64(payload.data() + offset + 4))));
  return out;
}

}  // namespace kcs::load
