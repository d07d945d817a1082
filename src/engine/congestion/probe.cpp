#include "engine/congestion/probe.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace kcs::congestion {
namespace {

constexpr double kFullRatio = 0.9;  // arrives at less than that of its rate: the path is full
constexpr double kMargin = 1.08;    // a probe aims above what is wanted
constexpr double kMaxStep = 3.0;
constexpr double kFirstStep = 300'000;
constexpr double kSafety = 0.95;         // of what a full path let through
constexpr double kLossTolerance = 0.06;  // besides the path's own
constexpr std::size_t kMaxPacketSize = 1200;
constexpr double kMaxSteps = 3;
constexpr double kSentRatio = 0.6;

double Rate(std::uint64_t bytes, double seconds) {
  return seconds > 0 ? static_cast<double>(bytes) * 8 / seconds : 0;
}

std::uint32_t Saturate(double bps) {
  return static_cast<std::uint32_t>(
      std::clamp(bps, 0.0, static_cast<double>(std::numeric_limits<std::uint32_t>::max())));
}

}  // namespace

void Probe::Start(std::uint32_t target_bps, std::uint32_t estimate, std::uint16_t next_sequence,
                  std::uint64_t sent_bytes, Duration longest, Timestamp now) {
  *this = {};
  phase_ = Phase::kSending;
  first_sequence_ = next_sequence;
  target_bps_ = target_bps;
  const double excess = std::max(1.0, static_cast<double>(target_bps) - estimate);
  const double length = static_cast<double>(kMaxQueue.count()) * estimate / excess;
  length_ = Duration{static_cast<std::int64_t>(std::min(length, static_cast<double>(longest.count())))};
  length_ = std::max(length_, kMinLength);
  packet_size_ = static_cast<std::size_t>(target_bps_ / 8.0 * ToSeconds(length_)) / kPackets;
  packet_size_ = std::clamp<std::size_t>(packet_size_, kMinChunk, kMaxPacketSize);
  sent_before_ = sent_bytes;
  started_ = next_chunk_ = now;
}

void Probe::OnTimeout(std::uint64_t sent_bytes, std::uint16_t newest_sequence, Timestamp now) {
  if (phase_ != Phase::kSending || now < next_chunk_) return;
  const std::uint64_t sent = sent_bytes - sent_before_;
  due_ = 0;
  if (now - started_ >= length_) {
    phase_ = Phase::kWaiting;
    last_sequence_ = newest_sequence;
    sent_total_ = sent;
    complete_ = sent == 0;  // there is nothing to wait for
    return;
  }
  next_chunk_ = now + kStep;
  const double behind = ToSeconds(now - started_ + kStep) * target_bps_ / 8 - static_cast<double>(sent);
  // Who comes late must not send everything at once.
  const double due = std::min(behind, kMaxSteps * ToSeconds(kStep) * target_bps_ / 8);
  if (due >= static_cast<double>(kMinChunk)) due_ = static_cast<std::size_t>(due);
}

std::size_t Probe::Take() { return std::exchange(due_, 0); }

Timestamp Probe::NextDeadline(Duration rtt) const {
  switch (phase_) {
    case Phase::kSending:
      return next_chunk_;
    case Phase::kWaiting:
      return started_ + length_ + rtt + kWaitForReports;
    case Phase::kNone:
      break;
  }
  return kNever;
}

bool Probe::Contains(std::uint16_t sequence) const {
  if (phase_ == Phase::kNone) return false;
  const auto offset = static_cast<std::uint16_t>(sequence - first_sequence_);
  if (phase_ == Phase::kSending) return offset < 0x8000;
  return offset <= static_cast<std::uint16_t>(last_sequence_ - first_sequence_);
}

void Probe::OnReceived(std::uint16_t sequence, std::size_t size, Timestamp sent, std::int64_t arrival_us) {
  if (phase_ == Phase::kWaiting && static_cast<std::int16_t>(sequence - last_sequence_) >= 0)
    complete_ = true;
  if (!Contains(sequence)) return;
  if (packets_ == 0 || arrival_us < first_arrival_us_) {
    first_arrival_us_ = arrival_us;
    first_size_ = 0;
  }
  if (arrival_us == first_arrival_us_) first_size_ += size;
  if (packets_ == 0 || sent > last_sent_) {
    last_sent_ = sent;
    last_size_ = 0;
  }
  if (sent == last_sent_) last_size_ += size;
  first_sent_ = packets_ == 0 ? sent : std::min(first_sent_, sent);
  last_arrival_us_ = packets_ == 0 ? arrival_us : std::max(last_arrival_us_, arrival_us);
  ++packets_;
  bytes_ += size;
}

void Probe::OnLost(std::uint16_t sequence, std::size_t size) {
  if (phase_ == Phase::kWaiting && static_cast<std::int16_t>(sequence - last_sequence_) >= 0)
    complete_ = true;
  if (Contains(sequence)) lost_bytes_ += size;
}

std::optional<Probe::Result> Probe::Conclude(Duration rtt, double random_loss, Timestamp now) {
  if (phase_ != Phase::kWaiting || (!complete_ && now < NextDeadline(rtt))) return std::nullopt;
  const Result result = Evaluate(random_loss);
  phase_ = Phase::kNone;
  return result;
}

Probe::Result Probe::Evaluate(double random_loss) const {
  Result result;
  const double planned = ToSeconds(length_) * target_bps_ / 8;
  result.sent = static_cast<double>(sent_total_) >= kSentRatio * planned;
  const Duration sent_span = last_sent_ - first_sent_;
  const Duration arrival_span{last_arrival_us_ - first_arrival_us_};
  if (packets_ < kMinPackets || bytes_ == 0 || sent_span < kMinSpan || arrival_span < kMinSpan) return result;
  const double sent = Rate(bytes_ - last_size_, ToSeconds(sent_span));
  const double arrived = Rate(bytes_ - first_size_, ToSeconds(arrival_span));
  const double loss = static_cast<double>(lost_bytes_) / static_cast<double>(bytes_ + lost_bytes_);
  // One packet more or less is chance.
  const bool lossy = loss > random_loss + kLossTolerance + 1.0 / static_cast<double>(packets_);
  result.saturated = arrived < kFullRatio * sent || lossy;
  // What the path loses anyway was sent all the same, and did not meet a limit.
  const double rate = std::min(sent, arrived) / (lossy ? 1.0 : 1.0 - std::min(loss, 0.5));
  result.bps = Saturate(result.saturated ? kSafety * rate : rate);
  return result;
}

std::uint32_t ProbeSchedule::Target(std::uint32_t estimate, std::uint32_t wanted, const FailedRates& failed,
                                    Timestamp now) const {
  if (wanted == 0 || wanted <= estimate || now < not_before_) return 0;
  const double least = failed.ProbeFor(kMargin * wanted, now);
  // Not more than a few steps at once: what a narrow path gets too much must be over soon.
  const double most = std::max(kMaxStep * estimate, kFirstStep);
  return Saturate(std::min(most, exploring_ ? std::max(least, 2.0 * estimate) : least));
}

bool ProbeSchedule::Postpone(Duration by, Duration patience, Timestamp now) {
  if (unhurt_) return true;
  if (!postponed_since_) postponed_since_ = now;
  if (now - *postponed_since_ >= patience) return true;
  not_before_ = std::max(not_before_, now + by);
  return false;
}

void ProbeSchedule::OnResult(const Probe::Result& result, bool believed, bool costly, Timestamp now) {
  postponed_since_.reset();
  last_result_ = now;
  const bool good = result.sent && result.bps != 0 && !result.saturated;
  if (result.sent && result.bps == 0) {  // the reports were lost: nothing was learned
    not_before_ = now + kAfterNothing;
    return;
  }
  exploring_ = good;
  unhurt_ = unhurt_ && good;
  const bool progress = good || (result.sent && believed);
  const Duration longest = costly ? kLongestWaitNearlyFull : kLongestWait;
  if (std::exchange(has_sign_, false) && result.sent && !progress) signs_from_ = now + kDeceived;
  not_before_ = now + (progress ? kBetween : std::min(after_failure_, longest));
  after_failure_ = progress ? kAfterFailure : std::min(2 * after_failure_, longest);
}

void ProbeSchedule::OnSign(Timestamp now) {
  if (now < signs_from_ || now >= not_before_) return;
  Timestamp soonest = now;
  if (last_result_) soonest = std::max(soonest, *last_result_ + kAfterFailure);
  if (last_fall_) soonest = std::max(soonest, *last_fall_ + kAfterFall);
  if (soonest >= not_before_) return;
  not_before_ = soonest;
  has_sign_ = true;
}

void ProbeSchedule::OnFall(Timestamp now) {
  exploring_ = unhurt_ = has_sign_ = false;
  postponed_since_.reset();
  after_failure_ = kAfterFailure;
  if (!last_fall_ || now - *last_fall_ >= kFallsTogether) {
    after_fall_ = kAfterFall;
  } else if (now - *last_fall_ >= kSameFall) {
    after_fall_ = std::min(2 * after_fall_, kLongestAfterFall);
  }
  // A wait that is under way is not begun anew, or short disturbances one after the other would end all
  // probing.
  const bool under_way = last_fall_ && now < not_before_;
  not_before_ = under_way ? std::max(not_before_, now + kAfterFall) : now + after_fall_;
  last_fall_ = now;
}

void ProbeSchedule::OnNews(Timestamp now) {
  exploring_ = unhurt_ = true;
  has_sign_ = false;
  signs_from_ = {};
  postponed_since_.reset();
  after_failure_ = kAfterFailure;
  not_before_ = now;
}

}  // namespace kcs::congestion
