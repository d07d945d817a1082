#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/congestion/send_side_estimator.h"
#include "engine/congestion/transport_feedback_generator.h"
#include "engine/wire/rtcp_header.h"

namespace kcs::congestion::testing {

// A receiver that gets everything 20 ms later, at first over a link of any width, and whose reports arrive at
// once.
class Session {
 public:
  explicit Session(SendSideEstimator::Options options = {}) : estimator(options) {}

  // `bps` in packets of 1,000 bytes for `span`; padding is sent as asked for.
  void Send(double bps, Duration span, bool report = true) {
    const Timestamp end = now + span;
    const Duration step{static_cast<std::int64_t>(8e9 / std::max(bps, 1.0))};
    for (Timestamp next = now; now < end; now += 1ms) {
      for (; bps > 0 && next <= now; next += step) SendPacket(1000, report);
      if (estimator.NextDeadline() <= now) {
        estimator.OnTimeout(now);
        while (const auto chunk = estimator.TakeProbe()) {
          padding += chunk->bytes;
          if (pads) SendPacket(chunk->bytes, report);
        }
      }
      Report(report);
    }
  }

  // Of 500 kbit/s at most, and no more than the estimate. `next`: what would let the next layer in.
  void SendPictures(std::uint32_t next, Duration span) {
    for (const Timestamp end = now + span; now < end;) {
      const std::uint32_t bps = std::min(500'000U, estimator.bits_per_second());
      estimator.SetWanted(bps, next, now);
      Send(bps, 100ms);
    }
  }

  void SendPacket(std::size_t size, bool arrives) {
    estimator.OnPacketSent(sequence, size, now);
    const double passing = static_cast<double>(size) * 8e6 / capacity;
    free_at = std::max(free_at, now) + Duration{static_cast<std::int64_t>(passing)};
    if (arrives) receiver.OnPacket(sequence, free_at + delay);
    ++sequence;
  }

  // `early`: before it is due.
  void Report(bool deliver, Duration early = {}) {
    std::array<std::uint8_t, TransportFeedbackGenerator::kMaxSize> memory;
    while (const std::size_t size = receiver.Build(now + early, wire::Ssrc{1}, wire::Ssrc{2}, memory)) {
      wire::RtcpCompoundReader reader(Bytes(memory.data(), size));
      const auto packet = reader.Next();
      const auto feedback = wire::TransportFeedback::Parse(packet->count, packet->body);
      if (deliver) estimator.OnTransportFeedback(*feedback, now);
    }
  }

  SendSideEstimator estimator;
  TransportFeedbackGenerator receiver;
  Timestamp now{100s};
  std::uint16_t sequence = 65'000;
  std::size_t padding = 0;
  bool pads = true;
  Duration delay = 20ms;
  double capacity = 1e12;  // bit/s of the link, before the delay
  Timestamp free_at{};     // when it has passed on what was sent
};

}  // namespace kcs::congestion::testing
