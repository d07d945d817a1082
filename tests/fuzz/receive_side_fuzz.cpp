// What a hostile or broken sender can do to the state of one incoming stream by its numbers alone: order,
// requests for retransmission, history, and the transport-wide feedback, whose packets must always be
// readable.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/slab.h"
#include "engine/congestion/remb.h"
#include "engine/congestion/transport_feedback_generator.h"
#include "engine/media/nack_generator.h"
#include "engine/media/packet_history.h"
#include "engine/media/receive_stream.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_transport_feedback.h"

namespace kcs {
namespace {

void ReadFeedback(Bytes packet) {
  wire::RtcpCompoundReader reader(packet);
  const auto rtcp = reader.Next();
  KCS_CHECK(rtcp.has_value());
  const auto feedback = wire::TransportFeedback::Parse(rtcp->count, rtcp->body);
  KCS_CHECK(feedback.has_value());
  wire::TransportFeedbackReader statuses(*feedback);
  std::size_t count = 0;
  while (statuses.Next()) ++count;
  KCS_CHECK(count == feedback->status_count && count <= congestion::TransportFeedbackGenerator::kMaxPackets);
}

}  // namespace
}  // namespace kcs

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  ByteReader in({data, size});
  static Slab slab{512};
  {
    media::ReceiveStream stream{wire::Ssrc{1}, 90'000};
    media::NackGenerator nacks;
    media::PacketHistory history{128};
    congestion::TransportFeedbackGenerator feedback;
    congestion::ReceiveBitrateEstimator remb;
    Timestamp now{1s};
    std::uint16_t sequence = 0;
    std::uint64_t highest = 0;
    while (in.remaining() > 8) {
      const std::uint8_t flags = in.U8();
      now += Duration{in.U16() * ((flags & 1) != 0 ? 1000 : 10)};
      sequence = static_cast<std::uint16_t>((flags & 2) != 0 ? in.U16() : sequence + 1);
      const auto received = stream.OnPacket(sequence, in.U16() * 1000U, 100, now, (flags & 4) != 0);
      feedback.OnPacket(sequence, now);
      remb.OnPacket(100, (flags & 8) != 0 ? std::optional<std::uint32_t>{in.U24()} : std::nullopt, now);
      if (IsUsable(received.arrival)) {
        KCS_CHECK(static_cast<std::uint16_t>(received.sequence) == sequence);
        KCS_CHECK(received.arrival == media::Arrival::kLate || received.sequence > highest);
        highest = std::max(highest, received.sequence);
        if (received.restarted) nacks.Reset();
        nacks.OnPacket(received.sequence, (flags & 16) != 0, now);
        media::StoredPacket packet;
        packet.slot = slab.Acquire();
        packet.sequence = received.sequence;
        packet.arrived = now;
        if (packet.slot) history.Add(std::move(packet));
        KCS_CHECK(history.size() <= 128 && slab.in_use() <= 129);
      }
      std::array<std::uint16_t, 20> wanted{};
      const std::size_t n = nacks.Due(now, 50ms, wanted);
      for (std::size_t i = 1; i < n; ++i) KCS_CHECK(static_cast<std::int16_t>(wanted[i] - wanted[i - 1]) > 0);
      KCS_CHECK(nacks.missing() <= media::NackGenerator::kMaxMissing);
      KCS_CHECK((nacks.missing() == 0) == (nacks.NextDeadline() == kNever));
      if ((flags & 32) != 0) stream.MakeReportBlock(now);
      if ((flags & 64) != 0) remb.OnLoss(in.U8() / 255.0, now);
      remb.TakeReport(now);
      KCS_CHECK(remb.bits_per_second() >= 300'000 && remb.bits_per_second() <= 30'000'000);
      std::array<std::uint8_t, 1200> out{};
      while (const std::size_t written = feedback.Build(now, wire::Ssrc{1}, wire::Ssrc{2}, out)) {
        ReadFeedback(Bytes{out}.first(written));
      }
    }
  }
  KCS_CHECK(slab.in_use() == 0);
  return 0;
}
