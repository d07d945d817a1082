#include "engine/media/vp8_rewriter.h"

#include <algorithm>
#include <cstring>

namespace kcs::media {
namespace {

constexpr std::uint16_t kPictureIdMask = 0x7fff;
constexpr std::uint8_t kKeyIndexMask = 0x1f;

constexpr std::uint16_t Add(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::uint16_t>((a + b) & kPictureIdMask);
}
constexpr std::uint16_t Minus(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::uint16_t>((a - b) & kPictureIdMask);
}
bool IsNewer(std::uint16_t a, std::uint16_t b) { return a != b && Minus(a, b) < 0x4000; }

}  // namespace

std::size_t WriteVp8Descriptor(Bytes payload, const wire::Vp8Descriptor& descriptor, Vp8Patch patch,
                               std::uint8_t* out) {
  std::memcpy(out, payload.data(), descriptor.size);
  if (descriptor.picture_id_offset != 0) {
    std::uint8_t* field = out + descriptor.picture_id_offset;
    if (descriptor.wide_picture_id) {
      StoreU16(field, static_cast<std::uint16_t>(0x8000 | (patch.picture_id & kPictureIdMask)));
    } else {
      *field = static_cast<std::uint8_t>(patch.picture_id & 0x7f);
    }
  }
  if (descriptor.tl0_offset != 0) out[descriptor.tl0_offset] = patch.tl0_picture_index;
  // TID, Y and KEYIDX share an octet, which is there when any of them is.
  if (descriptor.tid_key_offset != 0 && descriptor.key_index) {
    std::uint8_t& field = out[descriptor.tid_key_offset];
    field = static_cast<std::uint8_t>((field & ~kKeyIndexMask) | (patch.key_index & kKeyIndexMask));
  }
  return descriptor.size;
}

Vp8Patch Vp8Rewriter::Map(std::uint32_t segment, const wire::Vp8Descriptor& descriptor) {
  if (!started_ || recent_[0].segment != segment) Begin(segment, descriptor);
  const Vp8Patch patch = Apply(recent_[0], descriptor);
  if (descriptor.picture_id && IsNewer(patch.picture_id, newest_.picture_id)) newest_ = patch;
  return patch;
}

std::optional<Vp8Patch> Vp8Rewriter::MapAgain(std::uint32_t segment,
                                              const wire::Vp8Descriptor& descriptor) const {
  const auto it = std::find_if(recent_.begin(), recent_.end(),
                               [segment](const Offsets& o) { return o.segment == segment; });
  if (it == recent_.end()) return std::nullopt;
  return Apply(*it, descriptor);
}

Vp8Patch Vp8Rewriter::Apply(const Offsets& offsets, const wire::Vp8Descriptor& descriptor) {
  return {
      .picture_id = Add(descriptor.picture_id.value_or(0), offsets.picture_id),
      .tl0_picture_index = static_cast<std::uint8_t>(descriptor.tl0_picture_index.value_or(0) + offsets.tl0),
      .key_index =
          static_cast<std::uint8_t>((descriptor.key_index.value_or(0) + offsets.key_index) & kKeyIndexMask)};
}

void Vp8Rewriter::Begin(std::uint32_t segment, const wire::Vp8Descriptor& descriptor) {
  std::copy_backward(recent_.begin(), recent_.end() - 1, recent_.end());
  Offsets& offsets = recent_[0];
  offsets = {.segment = segment};
  if (started_) {
    // The first frame of the segment follows the newest one sent. A source that lacks a field now and then is
    // no reason to count differently: absent counts as zero here and in Apply().
    offsets.picture_id = Minus(Add(newest_.picture_id, 1), descriptor.picture_id.value_or(0));
    offsets.tl0 =
        static_cast<std::uint8_t>(newest_.tl0_picture_index + 1 - descriptor.tl0_picture_index.value_or(0));
    offsets.key_index =
        static_cast<std::uint8_t>((newest_.key_index + 1 - descriptor.key_index.value_or(0)) & kKeyIndexMask);
  } else {
    newest_ = Apply(offsets, descriptor);
    started_ = true;
  }
}

}  // namespace kcs::media
