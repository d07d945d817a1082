#include "engine/media/picture_id_rewriter.h"

#include <algorithm>
#include <cstring>

namespace kcs::media {
namespace {

constexpr std::uint16_t kPictureIdMask = 0x7fff;
constexpr std::uint8_t kKeyIndexMask = 0x1f;
// Unwrapped ids begin here, so that late ones are not below zero.
constexpr std::uint64_t kFirstCycle = 0x8000;

constexpr std::uint16_t Minus(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::uint16_t>((a - b) & kPictureIdMask);
}
bool IsNewer(std::uint16_t a, std::uint16_t b) { return a != b && Minus(a, b) < 0x4000; }

}  // namespace

std::size_t WritePictureIds(Bytes payload, const wire::PictureIds& ids, PictureIdPatch patch,
                            std::uint8_t* out) {
  std::memcpy(out, payload.data(), ids.size);
  if (ids.picture_id_offset != 0) {
    std::uint8_t* field = out + ids.picture_id_offset;
    if (ids.wide) {
      StoreU16(field, static_cast<std::uint16_t>(0x8000 | (patch.picture_id & kPictureIdMask)));
    } else {
      *field = static_cast<std::uint8_t>(patch.picture_id & 0x7f);
    }
  }
  if (ids.tl0_offset != 0) out[ids.tl0_offset] = patch.tl0;
  // TID, Y and KEYIDX share an octet.
  if (ids.key_index_offset != 0) {
    std::uint8_t& field = out[ids.key_index_offset];
    field = static_cast<std::uint8_t>((field & ~kKeyIndexMask) | (patch.key_index & kKeyIndexMask));
  }
  return ids.size;
}

std::optional<PictureIdPatch> PictureIdRewriter::MapFully(std::uint32_t segment,
                                                          const wire::PictureIds& ids) {
  if (!started_ || recent_[0].segment != segment) Begin(segment, ids);
  const std::uint64_t picture = Unwrap(ids);
  if (picture > highest_) {
    if (recent_[0].has_drops) drops_->Advance(picture, false);
    highest_ = picture;
  }
  const PictureIdPatch patch = Apply(recent_[0], ids, picture - ClosedUp(picture));
  Note(patch);
  if (unchanged_) return std::nullopt;
  return patch;
}

void PictureIdRewriter::Drop(const wire::PictureIds& ids) {
  if (!started_ || ids.picture_id_offset == 0) return;
  const std::uint64_t picture = Unwrap(ids);
  if (picture <= highest_) return;
  if (!drops_) drops_ = std::make_unique<DropMap>(highest_);
  if (!recent_[0].has_drops) *drops_ = DropMap(highest_);
  recent_[0].has_drops = true;
  unchanged_ = false;
  drops_->Advance(picture, true);
  highest_ = picture;
  ++dropped_;
}

std::optional<PictureIdPatch> PictureIdRewriter::MapAgain(std::uint32_t segment,
                                                          const wire::PictureIds& ids) const {
  const auto it = std::find_if(recent_.begin(), recent_.end(),
                               [segment](const Offsets& o) { return o.segment == segment; });
  if (it == recent_.end()) return std::nullopt;
  if (it == recent_.begin()) {
    const std::uint64_t picture = Unwrap(ids);
    return Apply(*it, ids, picture - ClosedUp(picture));
  }
  if (it->has_drops) return std::nullopt;
  return Apply(*it, ids, ids.picture_id);
}

std::uint64_t PictureIdRewriter::Unwrap(const wire::PictureIds& ids) const {
  if (ids.picture_id_offset == 0) return highest_;
  const std::uint16_t mask = ids.wide ? kPictureIdMask : 0x7f;
  const auto ahead = static_cast<std::uint16_t>((ids.picture_id - highest_) & mask);
  return ahead <= mask / 2 ? highest_ + ahead : highest_ + ahead - mask - 1;
}

std::uint32_t PictureIdRewriter::ClosedUp(std::uint64_t picture) const {
  if (!recent_[0].has_drops || picture >= highest_) return dropped_;
  // Beyond the map: a packet so late is of no use to anybody.
  return dropped_ - std::min(dropped_, drops_->DroppedAfter(picture).value_or(0));
}

PictureIdPatch PictureIdRewriter::Apply(const Offsets& offsets, const wire::PictureIds& ids,
                                        std::uint64_t picture) {
  return {.picture_id = static_cast<std::uint16_t>((picture + offsets.picture_id) & kPictureIdMask),
          .tl0 = static_cast<std::uint8_t>(ids.tl0 + offsets.tl0),
          .key_index = static_cast<std::uint8_t>((ids.key_index + offsets.key_index) & kKeyIndexMask)};
}

void PictureIdRewriter::Begin(std::uint32_t segment, const wire::PictureIds& ids) {
  std::copy_backward(recent_.begin(), recent_.end() - 1, recent_.end());
  Offsets& offsets = recent_[0];
  offsets = {.segment = segment};
  highest_ = kFirstCycle + ids.picture_id;
  dropped_ = 0;
  if (started_) {
    // The first frame of the segment follows the newest one sent. A source that lacks a field now and then is
    // no reason to count differently: absent counts as zero here and in Apply().
    offsets.picture_id = Minus(newest_.picture_id, static_cast<std::uint16_t>(ids.picture_id - 1));
    offsets.tl0 = static_cast<std::uint8_t>(newest_.tl0 + 1 - ids.tl0);
    offsets.key_index = static_cast<std::uint8_t>((newest_.key_index + 1 - ids.key_index) & kKeyIndexMask);
    unchanged_ = false;
  } else {
    newest_ = Apply(offsets, ids, highest_);
    started_ = true;
  }
}

void PictureIdRewriter::Note(const PictureIdPatch& sent) {
  if (IsNewer(sent.picture_id, newest_.picture_id)) newest_ = sent;
}

}  // namespace kcs::media
