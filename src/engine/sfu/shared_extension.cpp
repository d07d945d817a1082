#include "engine/sfu/shared_extension.h"

#include <cstring>

#include "engine/wire/dependency_descriptor.h"

namespace kcs::sfu {
namespace {

using wire::ExtensionType;

constexpr std::size_t kMaxOneByteData = 16;
constexpr std::size_t kMaxMid = 16;

// Elements have a few bytes: fewer than a call costs.
std::uint8_t* Copy(std::uint8_t* out, const std::uint8_t* data, std::size_t size) {
  if (size > 8) {
    std::memcpy(out, data, size);
    return out + size;
  }
  for (std::size_t i = 0; i < size; ++i) *out++ = data[i];
  return out;
}

// RFC 8285 4.2 and 4.3: ID and length in one byte, or a byte each. Returns where the data goes.
std::uint8_t* BeginElement(std::uint8_t* out, bool two_byte, std::uint8_t id, std::size_t size) {
  if (two_byte) {
    *out++ = id;
    *out++ = static_cast<std::uint8_t>(size);
  } else {
    *out++ = static_cast<std::uint8_t>((std::size_t{id} << 4) | (size - 1));
  }
  return out;
}

std::uint8_t* WriteElement(std::uint8_t* out, bool two_byte, std::uint8_t id, Bytes data) {
  return Copy(BeginElement(out, two_byte, id, data.size()), data.data(), data.size());
}

}  // namespace

ExtensionMask MaskOf(const wire::ExtensionMap& map) {
  ExtensionMask mask = 0;
  for (unsigned type = 1; type < static_cast<unsigned>(ExtensionType::kCount); ++type) {
    if (map.id(static_cast<ExtensionType>(type)) != 0) {
      mask = static_cast<ExtensionMask>(mask | MaskOf(static_cast<ExtensionType>(type)));
    }
  }
  return mask;
}

void SharedExtension::BuildAnew(const wire::RtpPacket& packet, const wire::ExtensionMap& sender_ids,
                                const wire::ExtensionIds& router_ids, ExtensionMask mask) {
  built_ = true;
  mask_ = mask;
  size_ = 0;
  two_byte_ = false;
  descriptor_id_ = 0;

  const auto wanted = [&](const wire::RtpExtension& element) {
    return (MaskOf(sender_ids.type(element.id)) & mask) != 0 && element.length > 0;
  };
  const wire::RtpExtension* descriptor = nullptr;
  for (const wire::RtpExtension& element : packet.extensions()) {
    if (!wanted(element)) continue;
    // RFC 8285 4.1.2: one form for all elements of a packet.
    if (element.length > kMaxOneByteData) two_byte_ = true;
    if (sender_ids.type(element.id) == ExtensionType::kDependencyDescriptor) descriptor = &element;
  }
  for (const wire::RtpExtension& element : packet.extensions()) {
    if (!wanted(element) || sender_ids.type(element.id) == ExtensionType::kDependencyDescriptor) continue;
    const std::uint8_t id = router_ids.id(sender_ids.type(element.id));
    if (id != 0) Append(id, packet.data().subspan(element.offset, element.length));
  }
  if (descriptor == nullptr) return;
  const std::uint8_t id = router_ids.id(ExtensionType::kDependencyDescriptor);
  descriptor_begin_ = size_;
  if (id != 0) Append(id, packet.data().subspan(descriptor->offset, descriptor->length));
  if (size_ == descriptor_begin_) return;
  descriptor_id_ = id;
  descriptor_data_ = static_cast<std::uint16_t>(size_ - descriptor->length);
}

void SharedExtension::Append(std::uint8_t id, Bytes data) {
  if (size_ + 2 + data.size() > kMaxSize) return;
  std::uint8_t* end = WriteElement(bytes_.data() + size_, two_byte_, id, data);
  size_ = static_cast<std::uint16_t>(end - bytes_.data());
}

bool SharedExtension::CanReplaceDescriptor(Bytes other) const {
  if (descriptor_id_ == 0 || other.empty() || other.size() > kMaxDescriptor) return false;
  // The form of the other elements is settled.
  return (two_byte_ || other.size() <= kMaxOneByteData) &&
         other.size() <= size_ - descriptor_data_ + wire::kActiveTargetsGrowth;
}

std::size_t SharedExtension::Write(const ReceiverExtension& receiver, std::uint8_t* out) const {
  std::uint8_t* const begin = out + 4;
  std::uint8_t* p = begin;
  const bool replaced =
      !receiver.dependency_descriptor.empty() && CanReplaceDescriptor(receiver.dependency_descriptor);
  const std::size_t shared = replaced ? descriptor_begin_ : size_;
  p = Copy(p, bytes_.data(), shared);
  if (replaced) {
    p = WriteElement(p, two_byte_, descriptor_id_, receiver.dependency_descriptor);
  }
  if (receiver.mid_id != 0 && !receiver.mid.empty() && receiver.mid.size() <= kMaxMid) {
    p = WriteElement(p, two_byte_, receiver.mid_id, receiver.mid);
  }
  if (receiver.transport_cc_id != 0) {
    p = BeginElement(p, two_byte_, receiver.transport_cc_id, wire::kTransportSequenceSize);
    StoreU16(p, receiver.transport_sequence);
    p += wire::kTransportSequenceSize;
  }
  if (receiver.abs_send_time_id != 0) {
    p = BeginElement(p, two_byte_, receiver.abs_send_time_id, wire::kAbsSendTimeSize);
    StoreU24(p, receiver.abs_send_time);
    p += wire::kAbsSendTimeSize;
  }
  if (p == begin) return 0;
  // Padding of up to three bytes; what is written behind it is overwritten.
  StoreU32(p, 0);
  p = begin + ((p - begin + 3) & ~std::ptrdiff_t{3});
  StoreU16(out, two_byte_ ? 0x1000 : 0xbede);
  StoreU16(out + 2, static_cast<std::uint16_t>((p - begin) / 4));
  return static_cast<std::size_t>(p - out);
}

}  // namespace kcs::sfu
