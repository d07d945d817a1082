#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "engine/media/drop_map.h"
#include "engine/wire/frame_info.h"

namespace kcs::media {

// What the descriptor of a packet shall say to one consumer. Fields that the packet lacks are ignored.
struct PictureIdPatch {
  std::uint16_t picture_id = 0;  // 15 bits; a 7-bit field gets the low 7
  std::uint8_t tl0 = 0;
  std::uint8_t key_index = 0;  // 5 bits
};

// Copies the first `ids.size` bytes of `payload` to `out` with the patch applied, and returns that size: the
// result is the `prefix` of the sealed packet, payload.subspan(size) its body. `out` must have room for
// PictureIds::kMaxSize bytes.
std::size_t WritePictureIds(Bytes payload, const wire::PictureIds& ids, PictureIdPatch patch,
                            std::uint8_t* out);

// Keeps PictureID, TL0PICIDX and KEYIDX (RFC 7741 section 4.2, RFC 9628 section 4.2) of a consumer's stream
// continuous over the segments of its Rewriter: a decoder that sees them jump back takes the frames for old
// ones. In VP8, where nothing else tells a frame left out from a frame lost, the ids of pictures left out are
// closed up too. (In VP9 references count in picture ids, so those keep their distances.) 96 bytes; a map of
// left-out pictures (136 bytes) is made at the first Drop().
class PictureIdRewriter {
 public:
  // For a packet that Rewriter::Map() has just mapped into `segment`. nullopt: it can go out as it is.
  std::optional<PictureIdPatch> Map(std::uint32_t segment, const wire::PictureIds& ids) {
    // Another packet of the newest picture, and all is as the sender wrote it.
    if (unchanged_ && segment == recent_[0].segment && ids.picture_id == newest_.picture_id)
      return std::nullopt;
    return MapFully(segment, ids);
  }
  // A picture of the current segment that this consumer does not get. VP8 only.
  void Drop(const wire::PictureIds& ids);
  // Of a packet sent before, for a retransmission (Rewriter::Origin::segment). nullopt: the segment is not
  // among the last four, or had pictures left out and is not the current one; treat it as a packet that is
  // gone from the history.
  std::optional<PictureIdPatch> MapAgain(std::uint32_t segment, const wire::PictureIds& ids) const;

 private:
  struct Offsets {
    std::uint32_t segment = 0;  // the Rewriter counts from 1
    std::uint16_t picture_id = 0;
    std::uint8_t tl0 = 0;
    std::uint8_t key_index = 0;
    bool has_drops = false;
  };
  std::optional<PictureIdPatch> MapFully(std::uint32_t segment, const wire::PictureIds& ids);
  static PictureIdPatch Apply(const Offsets& offsets, const wire::PictureIds& ids, std::uint64_t picture);
  void Begin(std::uint32_t segment, const wire::PictureIds& ids);
  std::uint64_t Unwrap(const wire::PictureIds& ids) const;
  // How many pictures before this one were left out.
  std::uint32_t ClosedUp(std::uint64_t picture) const;
  void Note(const PictureIdPatch& sent);

  std::array<Offsets, 4> recent_{};  // [0] is the current segment
  bool started_ = false;
  bool unchanged_ = true;      // nothing has had to be changed so far
  PictureIdPatch newest_;      // as sent
  std::uint64_t highest_ = 0;  // picture of the source in this segment, unwrapped
  std::uint32_t dropped_ = 0;  // in this segment
  std::unique_ptr<DropMap> drops_;
};

}  // namespace kcs::media
