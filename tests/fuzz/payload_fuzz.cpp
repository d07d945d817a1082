#include <array>

#include "base/check.h"
#include "engine/wire/frame_info.h"
#include "engine/wire/vp8.h"

// The first byte chooses a codec, the rest is a payload. A VP8 descriptor is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::wire;
  if (size == 0) return 0;
  const auto codec = static_cast<CodecType>(data[0] % 7);
  const Bytes payload(data + 1, size - 1);
  static_cast<void>(DescribePayload(codec, payload, (data[0] & 0x80) != 0));
  if (codec != CodecType::kVp8) return 0;

  const auto d = Vp8Descriptor::Parse(payload);
  if (!d) return 0;
  KCS_CHECK(d->size <= Vp8Descriptor::kMaxSize && d->size < payload.size());
  std::array<std::uint8_t, Vp8Descriptor::kMaxSize + 1> memory{};
  ByteWriter writer(MutableBytes(memory).first(Vp8Descriptor::kMaxSize));
  d->Write(writer);
  KCS_CHECK(writer.ok() && writer.size() <= d->size);
  const auto again = Vp8Descriptor::Parse(Bytes(memory).first(writer.size() + 1));
  KCS_CHECK(again && again->picture_id == d->picture_id && again->tl0_picture_index == d->tl0_picture_index);
  KCS_CHECK(again->temporal_layer == d->temporal_layer && again->key_index == d->key_index);
  KCS_CHECK(again->layer_sync == d->layer_sync && again->start_of_frame() == d->start_of_frame());
  return 0;
}
