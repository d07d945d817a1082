#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "engine/wire/datagram_kind.h"
#include "engine/wire/extensions.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/rtp_writer.h"

// Any bytes as an RTP packet; what is understood is written and read again.
namespace {

using namespace kcs;
using namespace kcs::wire;

void ReadValues(Bytes data) {
  static_cast<void>(AudioLevel::Parse(data));
  static_cast<void>(ParseAbsSendTime(data));
  static_cast<void>(ParseTransportSequence(data));
  static_cast<void>(ParseIdentification(data));
  static_cast<void>(VideoOrientation::Parse(data));
  static_cast<void>(ParseToffset(data));
  static_cast<void>(AbsCaptureTime::Parse(data));
  static_cast<void>(PlayoutDelay::Parse(data));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  static_cast<void>(Classify(bytes));
  const auto header_size = RtpHeaderSize(bytes);
  const auto packet = RtpPacket::Parse(bytes);
  if (!packet) return 0;
  KCS_CHECK(header_size && *header_size == packet->header_size());
  KCS_CHECK(packet->header_size() + packet->payload().size() + packet->padding_size() == size);

  std::vector<RtpExtensionValue> values;
  for (const RtpExtension& e : packet->extensions()) {
    const Bytes value = bytes.subspan(e.offset, e.length);
    KCS_CHECK(e.offset + e.length <= packet->header_size());
    ReadValues(value);
    values.push_back({e.id, value});
  }
  const RtpHeader header{.marker = packet->marker(),
                         .padding = false,
                         .payload_type = packet->payload_type(),
                         .sequence_number = packet->sequence_number(),
                         .timestamp = packet->timestamp(),
                         .ssrc = packet->ssrc()};
  std::vector<std::uint8_t> out(RtpHeaderSizeWith(values));
  ByteWriter writer(out);
  KCS_CHECK(WriteRtpHeader(header, values, writer) && writer.size() == out.size());
  const auto again = RtpPacket::Parse(out);
  KCS_CHECK(again && again->ssrc() == packet->ssrc() && again->timestamp() == packet->timestamp());
  KCS_CHECK(again->marker() == packet->marker() && again->sequence_number() == packet->sequence_number());
  KCS_CHECK(again->extensions().size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const RtpExtension& e = again->extensions()[i];
    KCS_CHECK(e.id == values[i].id &&
              std::ranges::equal(Bytes(out).subspan(e.offset, e.length), values[i].data));
  }
  return 0;
}
