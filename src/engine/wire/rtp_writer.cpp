#include "engine/wire/rtp_writer.h"

#include "engine/wire/rtp_packet.h"

namespace kcs::wire {
namespace {

constexpr std::uint16_t kOneByteProfile = 0xbede;
constexpr std::uint16_t kTwoByteProfile = 0x1000;

bool NeedsTwoByteForm(std::span<const RtpExtensionValue> extensions) {
  for (const RtpExtensionValue& e : extensions) {
    if (e.id > 14 || e.data.empty() || e.data.size() > 16) return true;
  }
  return false;
}

std::size_t ElementsSize(std::span<const RtpExtensionValue> extensions, bool two_byte) {
  std::size_t size = 0;
  for (const RtpExtensionValue& e : extensions) size += (two_byte ? 2 : 1) + e.data.size();
  return size;
}

std::size_t RoundedUpTo4(std::size_t size) { return (size + 3) / 4 * 4; }

}  // namespace

std::size_t RtpHeaderSizeWith(std::span<const RtpExtensionValue> extensions) {
  if (extensions.empty()) return kRtpFixedHeaderSize;
  return kRtpFixedHeaderSize + 4 + RoundedUpTo4(ElementsSize(extensions, NeedsTwoByteForm(extensions)));
}

// The diagrams are in rtp_packet.cpp.
bool WriteRtpHeader(const RtpHeader& header, std::span<const RtpExtensionValue> extensions, ByteWriter& out,
                    std::span<std::uint16_t> data_offsets) {
  const std::size_t total = RtpHeaderSizeWith(extensions);
  if (total > out.remaining() || total > 0xffff) return false;
  for (const RtpExtensionValue& e : extensions) {
    if (e.id == 0 || e.data.size() > 255) return false;
  }

  const std::size_t start = out.size();
  out.U8(static_cast<std::uint8_t>(0x80 | (header.padding ? 0x20 : 0) | (extensions.empty() ? 0 : 0x10)));
  out.U8(static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type & 0x7f)));
  out.U16(header.sequence_number);
  out.U32(header.timestamp);
  out.U32(header.ssrc.value());
  if (extensions.empty()) return out.ok();

  const bool two_byte = NeedsTwoByteForm(extensions);
  out.U16(two_byte ? kTwoByteProfile : kOneByteProfile);
  out.U16(static_cast<std::uint16_t>((total - kRtpFixedHeaderSize - 4) / 4));
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    const RtpExtensionValue& e = extensions[i];
    if (two_byte) {
      out.U8(e.id);
      out.U8(static_cast<std::uint8_t>(e.data.size()));
    } else {
      out.U8(static_cast<std::uint8_t>((std::size_t{e.id} << 4) | (e.data.size() - 1)));
    }
    if (i < data_offsets.size()) data_offsets[i] = static_cast<std::uint16_t>(out.size() - start);
    out.Write(e.data);
  }
  out.Zeros(total - (out.size() - start));
  return out.ok();
}

}  // namespace kcs::wire
