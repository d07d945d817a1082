#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "engine/wire/vp8.h"

namespace kcs::media {

// What the descriptor of a VP8 packet shall say to one consumer. Fields that the packet lacks are ignored.
struct Vp8Patch {
  std::uint16_t picture_id = 0;  // 15 bits; a 7-bit field gets the low 7
  std::uint8_t tl0_picture_index = 0;
  std::uint8_t key_index = 0;  // 5 bits
};

// Copies the descriptor (the first `descriptor.size` bytes of `payload`) to `out` with the patch applied, and
// returns its size, which is that of the original: 1...Vp8Descriptor::kMaxSize. The result is the `prefix` of
// the sealed packet, payload.subspan(size) its body. `out` must have room for kMaxSize bytes.
std::size_t WriteVp8Descriptor(Bytes payload, const wire::Vp8Descriptor& descriptor, Vp8Patch patch,
                               std::uint8_t* out);

// Keeps PictureID, TL0PICIDX and KEYIDX (RFC 7741 section 4.2) of a consumer's stream continuous over the
// segments of its Rewriter: a decoder that sees them jump back takes the frames for old ones. No heap, 40
// bytes.
class Vp8Rewriter {
 public:
  // For a packet that Rewriter::Map() has just mapped into `segment`.
  Vp8Patch Map(std::uint32_t segment, const wire::Vp8Descriptor& descriptor);
  // The same patch again, for a retransmission (Rewriter::Origin::segment). nullopt: the segment is not among
  // the last four; treat it as a packet that is gone from the history.
  std::optional<Vp8Patch> MapAgain(std::uint32_t segment, const wire::Vp8Descriptor& descriptor) const;

 private:
  struct Offsets {
    std::uint32_t segment = 0;  // the Rewriter counts from 1
    std::uint16_t picture_id = 0;
    std::uint8_t tl0 = 0;
    std::uint8_t key_index = 0;
  };
  static Vp8Patch Apply(const Offsets& offsets, const wire::Vp8Descriptor& descriptor);
  void Begin(std::uint32_t segment, const wire::Vp8Descriptor& descriptor);

  std::array<Offsets, 4> recent_{};  // [0] is the current segment
  bool started_ = false;
  Vp8Patch newest_;  // as sent
};

}  // namespace kcs::media
