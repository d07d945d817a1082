#include <array>
#include <vector>

#include "base/check.h"
#include "engine/wire/rtcp_bye.h"
#include "engine/wire/rtcp_fir.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_remb.h"
#include "engine/wire/rtcp_sdes.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtcp_transport_feedback.h"
#include "engine/wire/rtcp_xr.h"

// Any bytes as a compound RTCP packet; what is understood is written, and must be read as the same bytes
// again.
namespace {

using namespace kcs;
using namespace kcs::wire;

std::optional<RtcpPacket> FirstPacket(Bytes bytes) {
  RtcpCompoundReader reader(bytes);
  return reader.Next();
}

template <typename T>
void RoundTrip(const RtcpPacket& packet) {
  const std::optional<T> parsed = T::Parse(packet.count, packet.body);
  if (!parsed) return;
  std::vector<std::uint8_t> once(70'000);
  ByteWriter writer(once);
  parsed->Write(writer);
  KCS_CHECK(writer.ok());
  const auto own = FirstPacket(writer.written());
  KCS_CHECK(own && own->type == packet.type && own->body.size() + kRtcpHeaderSize == writer.size());
  const std::optional<T> again = T::Parse(own->count, own->body);
  KCS_CHECK(again);
  std::vector<std::uint8_t> twice(70'000);
  ByteWriter second(twice);
  again->Write(second);
  KCS_CHECK(second.size() == writer.size() && once == twice);
}

void NackRoundTrip(const RtcpPacket& packet) {
  const auto nack = Nack::Parse(packet.count, packet.body);
  if (!nack) return;
  std::array<std::uint16_t, 300> wanted{};
  const std::size_t n = nack->SequenceNumbers(wanted);
  KCS_CHECK(n > 0);
  // In any order the writer must stay within its bounds, and everything asked for must come back.
  std::array<std::uint8_t, 400> memory{};
  ByteWriter writer(memory);
  const std::size_t written =
      WriteNack(nack->sender_ssrc, nack->media_ssrc, std::span(wanted).first(n), writer);
  KCS_CHECK(writer.ok() && written > 0 && written <= n);
  const auto own = FirstPacket(writer.written());
  KCS_CHECK(own && Nack::Parse(own->count, own->body));
}

void WalkFeedback(const RtcpPacket& packet) {
  const auto feedback = TransportFeedback::Parse(packet.count, packet.body);
  if (!feedback) return;
  TransportFeedbackReader reader(*feedback);
  TransportFeedbackBuilder builder(feedback->base_sequence,
                                   Timestamp(std::int64_t{feedback->reference_time} * 64ms));
  std::size_t count = 0;
  bool full = false;
  while (const auto status = reader.Next()) {
    ++count;
    if (!status->received || full) continue;
    full = !builder.Add(status->sequence, Timestamp(Duration(status->arrival_us)));
  }
  KCS_CHECK(count == feedback->status_count);
  if (builder.empty()) return;
  std::array<std::uint8_t, TransportFeedbackBuilder::kMaxSize> memory{};
  ByteWriter writer(memory);
  builder.Write(feedback->sender_ssrc, feedback->media_ssrc, feedback->feedback_count, writer);
  KCS_CHECK(writer.ok() && writer.size() == builder.size());

  const auto own = FirstPacket(writer.written());
  KCS_CHECK(own);
  const auto copy = TransportFeedback::Parse(own->count, own->body);
  KCS_CHECK(copy && copy->status_count == builder.status_count() &&
            copy->base_sequence == feedback->base_sequence);
  TransportFeedbackReader original(*feedback);
  TransportFeedbackReader copied(*copy);
  while (const auto status = copied.Next()) {
    const auto expected = original.Next();
    KCS_CHECK(expected && expected->sequence == status->sequence && expected->received == status->received);
    // The first delta may move the reference time, which is told modulo 2^24 only; distances stay.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RtcpCompoundReader reader(Bytes(data, size));
  while (const auto packet = reader.Next()) {
    switch (packet->type) {
      case RtcpType::kSenderReport:
        RoundTrip<SenderReport>(*packet);
        break;
      case RtcpType::kReceiverReport:
        RoundTrip<ReceiverReport>(*packet);
        break;
      case RtcpType::kSdes:
        RoundTrip<Sdes>(*packet);
        break;
      case RtcpType::kBye:
        RoundTrip<Bye>(*packet);
        break;
      case RtcpType::kTransportFeedback:
        NackRoundTrip(*packet);
        WalkFeedback(*packet);
        break;
      case RtcpType::kPayloadFeedback:
        RoundTrip<Pli>(*packet);
        RoundTrip<Fir>(*packet);
        RoundTrip<Remb>(*packet);
        break;
      case RtcpType::kExtendedReport:
        RoundTrip<ExtendedReport>(*packet);
        break;
      case RtcpType::kApp:
        break;
    }
  }
  return 0;
}
