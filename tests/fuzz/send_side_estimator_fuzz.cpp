#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "engine/congestion/send_side_estimator.h"
#include "engine/wire/rtcp_header.h"

// Packets sent, reports true and made up, and every other input in any order: the estimate stays within its
// bounds, deadlines move on, and probes stay small.
namespace {

using namespace kcs;
using congestion::SendSideEstimator;

constexpr SendSideEstimator::Options kOptions{.start_bps = 300'000, .min_bps = 30'000, .max_bps = 20'000'000};

// A report on `count` packets from `base` on, of which the bits of `arrived` came, `step` apart.
void Report(SendSideEstimator& estimator, ByteReader& in, Timestamp now, std::uint16_t newest) {
  const auto base = static_cast<std::uint16_t>(newest - in.U8());
  const std::uint32_t arrived = in.U32();
  const Duration step{in.U16() * 10};
  const Timestamp first = now + Duration{std::int64_t{in.U16()} * 100};
  wire::TransportFeedbackBuilder builder(base, first);
  for (unsigned i = 0; i < 32; ++i) {
    if ((arrived >> i & 1) != 0)
      static_cast<void>(builder.Add(static_cast<std::uint16_t>(base + i), first + i * step));
  }
  if (builder.empty()) return;
  std::array<std::uint8_t, wire::TransportFeedbackBuilder::kMaxSize> memory;
  ByteWriter writer(memory);
  builder.Write(wire::Ssrc(1), wire::Ssrc(2), in.U8(), writer);
  wire::RtcpCompoundReader reader(Bytes(memory.data(), writer.size()));
  const auto packet = reader.Next();
  const auto feedback = wire::TransportFeedback::Parse(packet->count, packet->body);
  KCS_CHECK(feedback);
  estimator.OnTransportFeedback(*feedback, now);
}

void ReportBytes(SendSideEstimator& estimator, ByteReader& in, Timestamp now) {
  const Bytes raw = in.Read(std::min<std::size_t>(in.remaining(), in.U8()));
  if (const auto feedback = wire::TransportFeedback::Parse(15, raw))
    estimator.OnTransportFeedback(*feedback, now);
}

void RunDeadline(SendSideEstimator& estimator, Timestamp now, std::uint16_t& newest, bool send) {
  if (estimator.NextDeadline() > now) return;
  estimator.OnTimeout(now);
  KCS_CHECK(estimator.NextDeadline() > now);
  while (const auto chunk = estimator.TakeProbe()) {
    KCS_CHECK(chunk->bytes > 0 && chunk->bytes < 100'000 && chunk->packet_size > 0);
    if (send) estimator.OnPacketSent(++newest, chunk->bytes, now);
  }
}

void Check(const SendSideEstimator& estimator) {
  KCS_CHECK(estimator.bits_per_second() >= kOptions.min_bps);
  KCS_CHECK(estimator.bits_per_second() <= kOptions.max_bps);
  const auto state = estimator.state();
  KCS_CHECK(state.loss >= 0 && state.loss <= 1 && state.random_loss >= 0 && state.random_loss <= 1);
  KCS_CHECK(state.rtt >= Duration::zero() && state.queue >= Duration::zero());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(Bytes(data, size));
  Timestamp now{Duration{std::int64_t{in.U32()} * 10}};
  std::uint16_t newest = in.U16();
  SendSideEstimator estimator(kOptions);
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t op = in.U8();
    switch (op & 7) {
      case 0:
      case 1:
        for (unsigned i = 0; i <= op >> 3; ++i, now += 200us)
          estimator.OnPacketSent(++newest, 40U * (op >> 2), now);
        break;
      case 2:
        Report(estimator, in, now, newest);
        break;
      case 3:
        ReportBytes(estimator, in, now);
        break;
      case 4:
        estimator.SetWanted(in.U16() * 100U, in.U16() * 500U, now);
        break;
      case 5:
        if ((op & 8) != 0) estimator.OnRemb(in.U32() * std::uint64_t{1} << (op >> 4), now);
        estimator.OnReceiverReport(in.U8() / 200.0, Duration{in.U32()}, now);
        break;
      case 6:
        now += Duration{std::int64_t{in.U16()} * (op >> 3) * 10};
        break;
      default:
        now += Duration{in.U16()};
        RunDeadline(estimator, now, newest, (op & 8) != 0);
        break;
    }
    RunDeadline(estimator, now, newest, true);
    Check(estimator);
  }
  return 0;
}
