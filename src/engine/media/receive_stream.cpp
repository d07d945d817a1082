#include "engine/media/receive_stream.h"

#include <algorithm>
#include <utility>

#include "engine/media/score.h"
#include "engine/media/sequence_unwrapper.h"

namespace kcs::media {
namespace {

// The extended numbers begin one cycle up, so that a packet older than the first has a number too.
constexpr std::uint64_t kCycle = 65'536;

std::uint32_t ArrivalTicks(Timestamp now, std::uint32_t clock_rate) {
  return static_cast<std::uint32_t>(ToMicros(now) * clock_rate / 1'000'000);
}

}  // namespace

ReceiveStream::ReceiveStream(wire::Ssrc ssrc, std::uint32_t clock_rate, std::uint64_t above)
    : ssrc_(ssrc), clock_rate_(clock_rate), cycles_((above / kCycle + 1) * kCycle) {}

ReceivedPacket ReceiveStream::OnPacket(std::uint16_t sequence, std::uint32_t rtp_timestamp, std::size_t size,
                                       Timestamp now, bool recovered) {
  if (!started_) {
    if (recovered) return {.arrival = Arrival::kTooOld};
    Start(cycles_ + sequence);
    ReceivedPacket first{.arrival = Arrival::kNewest, .sequence = highest_};
    Count(rtp_timestamp, size, now, first);
    return first;
  }
  const auto highest = static_cast<std::int64_t>(highest_);
  const std::int64_t extended = NearestTo(highest, sequence);
  const std::int64_t distance = extended - highest;
  if (distance >= kMaxDropout || distance <= -static_cast<std::int64_t>(kWindow) || extended < 0) {
    if (recovered) return {.arrival = Arrival::kTooOld};
    return OnFar(sequence, rtp_timestamp, size, distance < 0, now);
  }

  has_stray_ = false;
  ReceivedPacket result{.sequence = static_cast<std::uint64_t>(extended)};
  if (distance > 0) {
    Advance(result.sequence);
    result.arrival = Arrival::kNewest;
  } else {
    result.arrival = TestAndSet(result.sequence) ? Arrival::kDuplicate : Arrival::kLate;
    if (result.arrival == Arrival::kDuplicate) {
      ++duplicates_;
      return result;
    }
    first_ = std::min(first_, result.sequence);
  }
  if (recovered) {
    ++recovered_;
    meter_.Add(size, now);
    if (result.arrival == Arrival::kNewest) newest_timestamp_ = rtp_timestamp;
  } else {
    Count(rtp_timestamp, size, now, result);
  }
  return result;
}

// "Two sequential packets -- assume that the other side restarted without telling us so just re-sync (i.e.,
// pretend this was the first packet)." (RFC 3550 A.1)
ReceivedPacket ReceiveStream::OnFar(std::uint16_t sequence, std::uint32_t rtp_timestamp, std::size_t size,
                                    bool old, Timestamp now) {
  if (!has_stray_ || sequence != stray_next_) {
    has_stray_ = true;
    stray_next_ = static_cast<std::uint16_t>(sequence + 1);
    return {.arrival = old ? Arrival::kTooOld : Arrival::kStray};
  }
  lost_before_restart_ = lost();
  packets_at_start_ = packets_;
  std::int64_t extended = NearestTo(static_cast<std::int64_t>(highest_), sequence);
  if (extended <= static_cast<std::int64_t>(highest_ + kWindow))
    extended += static_cast<std::int64_t>(kCycle);
  Start(static_cast<std::uint64_t>(extended));
  ReceivedPacket result{.arrival = Arrival::kNewest, .restarted = true, .sequence = highest_};
  Count(rtp_timestamp, size, now, result);
  return result;
}

void ReceiveStream::Start(std::uint64_t sequence) {
  started_ = true;
  has_stray_ = false;
  has_transit_ = false;
  first_ = highest_ = sequence;
  seen_.fill(0);
  TestAndSet(sequence);
  expected_prior_ = 0;
  received_prior_ = 0;
  sender_clock_.reset();
}

void ReceiveStream::Advance(std::uint64_t sequence) {
  if (sequence - highest_ >= kWindow) {
    seen_.fill(0);
  } else {
    for (std::uint64_t s = highest_ + 1; s < sequence; ++s) {
      seen_[(s % kWindow) / 64] &= ~(std::uint64_t{1} << (s % 64));
    }
    seen_[(sequence % kWindow) / 64] &= ~(std::uint64_t{1} << (sequence % 64));
  }
  highest_ = sequence;
  TestAndSet(sequence);
}

bool ReceiveStream::TestAndSet(std::uint64_t sequence) {
  std::uint64_t& word = seen_[(sequence % kWindow) / 64];
  const std::uint64_t bit = std::uint64_t{1} << (sequence % 64);
  const bool was_set = (word & bit) != 0;
  word |= bit;
  return was_set;
}

void ReceiveStream::Count(std::uint32_t rtp_timestamp, std::size_t size, Timestamp now,
                          ReceivedPacket& result) {
  const bool first = packets_ == packets_at_start_;
  ++packets_;
  bytes_ += size;
  meter_.Add(size, now);
  if (result.arrival == Arrival::kNewest) {
    result.new_frame = first || rtp_timestamp != newest_timestamp_;
    if (result.new_frame) UpdateJitter(rtp_timestamp, now);
    newest_timestamp_ = rtp_timestamp;
  }
  activity_.OnPacket(result.new_frame, now);
  last_packet_ = now;
}

// RFC 3550 A.8, with one packet a frame: the later packets of a frame tell of the sender's pacing only.
void ReceiveStream::UpdateJitter(std::uint32_t rtp_timestamp, Timestamp now) {
  const std::uint32_t transit = ArrivalTicks(now, clock_rate_) - rtp_timestamp;
  const auto difference = static_cast<std::int32_t>(transit - transit_);
  const bool known = std::exchange(has_transit_, true);
  transit_ = transit;
  if (!known) return;
  const std::uint32_t d = static_cast<std::uint32_t>(difference < 0 ? -std::int64_t{difference} : difference);
  if (d > clock_rate_ * 5) return;  // the sender's clock jumped; no network does that
  jitter_q4_ += d - ((jitter_q4_ + 8) >> 4);
}

void ReceiveStream::OnSenderReport(NtpTime ntp, std::uint32_t rtp, Timestamp now) {
  sender_clock_ = SenderClock{ntp, rtp};
  sender_report_at_ = now;
}

std::int64_t ReceiveStream::lost() const {
  if (!started_) return 0;
  const auto expected = static_cast<std::int64_t>(highest_ - first_ + 1);
  return lost_before_restart_ + expected - static_cast<std::int64_t>(packets_ - packets_at_start_);
}

double ReceiveStream::jitter_ms() const {
  return clock_rate_ == 0 ? 0 : 1000.0 * (jitter_q4_ / 16.0) / clock_rate_;
}

std::optional<wire::ReportBlock> ReceiveStream::MakeReportBlock(Timestamp now) {
  if (!started_) return std::nullopt;
  const std::uint64_t expected = highest_ - first_ + 1;
  const std::uint64_t received = packets_ - packets_at_start_;
  const auto expected_now = static_cast<std::int64_t>(expected - std::exchange(expected_prior_, expected));
  const auto received_now = static_cast<std::int64_t>(received - std::exchange(received_prior_, received));
  const auto healed_now = static_cast<std::int64_t>(recovered_ - std::exchange(recovered_prior_, recovered_));
  // "If the loss is negative due to duplicates, the fraction lost is set to zero." (RFC 3550 6.4.1)
  const std::int64_t lost_now = std::max<std::int64_t>(0, expected_now - received_now);
  if (expected_now > 0) {
    const std::int64_t healed = std::min(healed_now, lost_now);
    loss_ = static_cast<double>(lost_now) / static_cast<double>(expected_now);
    score_ = ScoreForLoss((static_cast<double>(lost_now - healed) + 0.25 * static_cast<double>(healed)) /
                          static_cast<double>(expected_now));
  } else {
    loss_ = 0;
  }

  wire::ReportBlock block;
  block.ssrc = ssrc_;
  block.fraction_lost = static_cast<std::uint8_t>(std::min(255.0, loss_ * 256));
  block.cumulative_lost = static_cast<std::int32_t>(std::clamp<std::int64_t>(lost(), -0x80'0000, 0x7f'ffff));
  block.extended_highest_seq = static_cast<std::uint32_t>(highest_ - cycles_);
  block.jitter = jitter_q4_ >> 4;
  if (sender_clock_) {
    block.last_sr = sender_clock_->ntp.Middle();
    block.delay_since_last_sr = ToNtpShort(now - sender_report_at_);
  }
  return block;
}

}  // namespace kcs::media
