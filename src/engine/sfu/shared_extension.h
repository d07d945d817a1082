#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "engine/wire/extensions.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sfu {

// Which extensions a receiver understands, as a bit for each wire::ExtensionType. Their ids are the router's,
// the same for every receiver, so the bits say all that differs.
using ExtensionMask = std::uint16_t;

constexpr ExtensionMask MaskOf(wire::ExtensionType type) {
  return static_cast<ExtensionMask>(1U << static_cast<unsigned>(type));
}
ExtensionMask MaskOf(const wire::ExtensionMap& map);

// What differs per receiver within the header extension.
struct ReceiverExtension {
  Bytes mid = {};           // empty: none
  std::uint8_t mid_id = 0;  // 0: none
  std::uint8_t transport_cc_id = 0;
  std::uint8_t abs_send_time_id = 0;
  std::uint16_t transport_sequence = 0;
  std::uint32_t abs_send_time = 0;   // 24 bits
  Bytes dependency_descriptor = {};  // instead of the shared one; empty: that stays
};

// The part of a packet's header extension that all its receivers share (audio level, orientation, dependency
// descriptor, ...), already in the receivers' ids: made once a packet, copied once a receiver.
class SharedExtension {
 public:
  static constexpr std::size_t kMaxSize = 288;
  static constexpr std::size_t kMaxDescriptor = 255;
  // Room that Write() needs behind the fixed header: 4 of the extension header, the shared part, MID (16),
  // transport sequence, absolute send time and padding.
  static constexpr std::size_t kMaxWritten = kMaxSize + 48;

  // Collects from `packet` what a receiver with this mask is to get. A second call with the same mask does
  // nothing.
  void Build(const wire::RtpPacket& packet, const wire::ExtensionMap& sender_ids,
             const wire::ExtensionIds& router_ids, ExtensionMask mask) {
    mask = static_cast<ExtensionMask>(mask & kForwarded);
    if (!built_ || mask != mask_) BuildAnew(packet, sender_ids, router_ids, mask);
  }

  // What Write() will return for a receiver with so many elements of its own, of so many bytes of data
  // together. Other receivers' descriptors are another size, at times.
  std::size_t WrittenSize(std::size_t own_elements, std::size_t own_data) const {
    const std::size_t elements = size_ + own_data + own_elements * (two_byte_ ? 2 : 1);
    return elements == 0 ? 0 : 4 + ((elements + 3) & ~std::size_t{3});
  }
  // Writes the whole extension (RFC 8285 4.1.2) at `out`; returns its size, a multiple of 4, or 0 when there
  // is nothing to write (then the X bit stays clear).
  std::size_t Write(const ReceiverExtension& receiver, std::uint8_t* out) const;

  // There is one, and the receiver understands it. Of Build().
  bool has_dependency_descriptor() const { return descriptor_id_ != 0; }
  // As the sender wrote it; else empty.
  Bytes dependency_descriptor() const {
    return descriptor_id_ == 0 ? Bytes{} : Bytes{bytes_}.subspan(descriptor_data_, size_ - descriptor_data_);
  }

 private:
  // The others are the router's own per hop (MID, RID, transport sequence, send time) or lose their meaning
  // when a packet is sent again (transmission offset).
  static constexpr ExtensionMask kForwarded =
      MaskOf(wire::ExtensionType::kAudioLevel) | MaskOf(wire::ExtensionType::kDependencyDescriptor) |
      MaskOf(wire::ExtensionType::kVideoOrientation) | MaskOf(wire::ExtensionType::kAbsCaptureTime) |
      MaskOf(wire::ExtensionType::kPlayoutDelay);

  void BuildAnew(const wire::RtpPacket& packet, const wire::ExtensionMap& sender_ids,
                 const wire::ExtensionIds& router_ids, ExtensionMask mask);
  void Append(std::uint8_t id, Bytes data);
  bool CanReplaceDescriptor(Bytes other) const;

  std::uint16_t size_ = 0;
  // The dependency descriptor is the last one, so that it can be replaced.
  std::uint16_t descriptor_begin_ = 0;
  std::uint16_t descriptor_data_ = 0;
  std::uint8_t descriptor_id_ = 0;  // 0: none
  ExtensionMask mask_ = 0;
  bool built_ = false;
  bool two_byte_ = false;
  std::array<std::uint8_t, kMaxSize> bytes_;
};

}  // namespace kcs::sfu
