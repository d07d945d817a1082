#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "engine/wire/types.h"

namespace kcs::wire {

// The fixed header of RFC 3550 5.1, without CSRCs.
struct RtpHeader {
  bool marker = false;
  bool padding = false;  // the caller appends the padding (last byte: how many)
  std::uint8_t payload_type = 0;
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  Ssrc ssrc;
};

// An element to write: id 1..255 and up to 255 bytes of data. An id of 0 or longer data makes the writer
// fail.
struct RtpExtensionValue {
  std::uint8_t id = 0;
  Bytes data;
};

// Bytes that WriteRtpHeader will write.
std::size_t RtpHeaderSizeWith(std::span<const RtpExtensionValue> extensions);

// Writes the header and its extension (one-byte form of RFC 8285 unless an id above 14, empty data or data
// longer than 16 bytes needs the two-byte form), padded to 32 bits. `data_offsets`, if not empty, receives
// for each element where its data begins, counted from the first byte of this header: what a sender patches
// per packet. False if it did not fit or an element cannot be written.
bool WriteRtpHeader(const RtpHeader& header, std::span<const RtpExtensionValue> extensions, ByteWriter& out,
                    std::span<std::uint16_t> data_offsets = {});

}  // namespace kcs::wire
