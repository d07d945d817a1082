#include "engine/media/send_stream.h"

#include <algorithm>

#include "engine/media/score.h"

namespace kcs::media {
namespace {

constexpr Duration kVideoInterval = 1s;
constexpr Duration kAudioInterval = 2s;
constexpr Duration kLongestRtt = 10s;

std::uint32_t Ticks(Duration d, std::uint32_t clock_rate) {
  return static_cast<std::uint32_t>(d.count() * clock_rate / 1'000'000);
}

}  // namespace

SendStream::SendStream(wire::Ssrc ssrc, std::uint32_t clock_rate, wire::MediaKind kind)
    : ssrc_(ssrc), clock_rate_(clock_rate), kind_(kind) {}

wire::SenderReport SendStream::MakeReport(const std::optional<SourceClock>& source, const ClockMap& map,
                                          Timestamp now, Entropy& entropy) {
  ScheduleReport(now, entropy);
  wire::SenderReport report;
  report.sender_ssrc = ssrc_;
  report.ntp = ToNtp(now).value;
  report.packet_count = static_cast<std::uint32_t>(packets_);
  report.octet_count = payload_bytes_;
  report.rtp_timestamp = timestamp_ + Ticks(now - sent_at_, clock_rate_);
  if (source && map.known()) {
    const Duration since = now - map.ToLocal(source->sender.ntp);
    const std::uint32_t mapped = source->sender.rtp + source->timestamp_offset + Ticks(since, clock_rate_);
    // A sender whose reports contradict its own packets by seconds is not believed.
    const auto difference = static_cast<std::int32_t>(mapped - report.rtp_timestamp);
    const auto limit = static_cast<std::int32_t>(5 * clock_rate_);
    if (difference > -limit && difference < limit) report.rtp_timestamp = mapped;
  }
  return report;
}

void SendStream::ScheduleReport(Timestamp now, Entropy& entropy) {
  // "The interval between RTCP packets is varied randomly over the range [0.5,1.5] times the calculated
  // interval to avoid unintended synchronization of all participants" (RFC 3550 6.2).
  const Duration interval = kind_ == wire::MediaKind::kVideo ? kVideoInterval : kAudioInterval;
  next_report_ = now + interval / 2 + Duration{entropy.Below(static_cast<std::uint32_t>(interval.count()))};
  packets_reported_ = static_cast<std::uint32_t>(packets_);
}

void SendStream::OnReceiverReport(const wire::ReportBlock& block, Timestamp now) {
  fraction_lost_ = block.fraction_lost;
  jitter_ = block.jitter;
  // "If no SR has been received yet, the field is set to zero." (RFC 3550 6.4.1)
  if (block.last_sr == 0) return;
  const std::uint32_t passed = ToNtp(now).Middle() - block.last_sr - block.delay_since_last_sr;
  // The receiver's clock runs a little differently: a round trip of next to nothing may come out negative.
  const bool negative = static_cast<std::int32_t>(passed) < 0;
  if (negative && 0 - passed > ToNtpShort(100ms)) return;
  const Duration rtt = negative ? Duration{1} : std::max(FromNtpShort(passed), Duration{1});
  if (rtt > kLongestRtt) return;
  const auto sample = static_cast<std::uint32_t>(rtt.count());
  rtt_us_ = rtt_us_ == 0 ? sample : std::max(1U, (3 * rtt_us_ + sample) / 4);
}

std::uint8_t SendStream::score() const { return ScoreForLoss(loss()); }

}  // namespace kcs::media
