#include "engine/congestion/send_side_estimator.h"

#include <algorithm>
#include <limits>

namespace kcs::congestion {
namespace {

constexpr double kBackOff = 0.85;           // of what the full path let through
constexpr Duration kCongestedQueue = 25ms;  // a trend without a queue is jitter
constexpr Duration kCalmQueue = 20ms;
constexpr Duration kLongQueueFor = 300ms;
constexpr Duration kProbeEcho = 300ms;  // the queue that a probe made is gone then
constexpr double kGrowthPerSecond = 0.08;
constexpr double kUsed = 0.85;       // of the estimate: it is used up
constexpr double kRoomAbove = 1.15;  // growth, above what arrives
constexpr double kBlindRoom = 1.5;   // the same if there is nothing to probe with
constexpr double kBlindUsed = 0.65;
constexpr Duration kSettled = 1200ms;  // after a fall: rates measured since then are of the new state
constexpr double kRembHighLoss = 0.1;

}  // namespace

SendSideEstimator::SendSideEstimator(Options options) : estimate_(options.start_bps), options_(options) {
  Set(options.start_bps, Reason::kStart);
}

std::uint32_t SendSideEstimator::Capped(std::uint32_t bps) const {
  return std::clamp(bps, options_.min_bps, std::max(options_.min_bps, options_.max_bps));
}

void SendSideEstimator::Set(std::uint32_t bps, Reason reason) {
  estimate_ = Capped(bps);
  reason_ = reason;
}

std::uint32_t SendSideEstimator::Delivered(std::uint32_t acknowledged) const {
  // What the path loses whatever is sent met no limit.
  const double sent = acknowledged / (1.0 - std::clamp(loss_.random_loss(), 0.0, 0.5));
  return static_cast<std::uint32_t>(std::min(sent, 4e9));
}

std::int64_t SendSideEstimator::Unwrap(const wire::TransportFeedback& feedback) {
  constexpr std::int64_t kCycle = 1 << 24;
  const std::int64_t raw = feedback.reference_time % kCycle;
  if (reference_time_ < 0) {
    reference_time_ = kCycle + raw;
  } else {
    std::int64_t step = (raw - reference_time_) % kCycle;
    if (step < -kCycle / 2) step += kCycle;
    if (step > kCycle / 2) step -= kCycle;
    reference_time_ = std::max<std::int64_t>(kCycle, reference_time_ + step);
  }
  return (reference_time_ - raw) * 64'000;
}

void SendSideEstimator::OnReceived(std::uint16_t sequence, const SendHistory::Packet& packet,
                                   std::int64_t arrival_us, Reported& reported) {
  acknowledged_.Add(packet.size, arrival_us);
  probe_.OnReceived(sequence, packet.size, packet.sent, arrival_us);
  if (const auto delta = groups_.Add(ToMicros(packet.sent), arrival_us)) trend_.Update(*delta);
  const std::int64_t delay_us = arrival_us - ToMicros(packet.sent);
  reported.min_delay_us = reported.any_received ? std::min(reported.min_delay_us, delay_us) : delay_us;
  reported.newest_sent = reported.any_received ? std::max(reported.newest_sent, packet.sent) : packet.sent;
  reported.any_received = true;
}

SendSideEstimator::Reported SendSideEstimator::Walk(const wire::TransportFeedback& feedback, Timestamp now) {
  Reported reported;
  const std::int64_t cycle_us = Unwrap(feedback);
  wire::TransportFeedbackReader reader(feedback);
  while (const auto status = reader.Next()) {
    // Never sent: the rest of it was not either.
    if (static_cast<std::int16_t>(newest_sequence_ - status->sequence) < 0) break;
    const SendHistory::Packet packet = history_.Report(status->sequence, status->received, now);
    if (packet.before == SendHistory::Status::kUnknown || packet.before == SendHistory::Status::kReceived)
      continue;
    reported.any = true;
    if (packet.before == SendHistory::Status::kInFlight) {
      loss_.OnPacket(packet.sent, packet.size, !status->received);
      if (!status->received) probe_.OnLost(status->sequence, packet.size);
    } else if (status->received) {
      loss_.OnFound();
    }
    if (status->received) OnReceived(status->sequence, packet, cycle_us + status->arrival_us, reported);
  }
  return reported;
}

void SendSideEstimator::OnTransportFeedback(const wire::TransportFeedback& feedback, Timestamp now) {
  if (!sent_any_ || feedback.status_count > history_.capacity()) return;
  const Reported reported = Walk(feedback, now);
  if (!reported.any) return;
  transport_feedback_ = true;
  last_feedback_ = now;
  sent_bytes_at_feedback_ = sent_bytes_;
  if (reported.any_received) {
    queue_.Add(reported.min_delay_us, now);
    UpdateRtt(now - reported.newest_sent);
  }
  ConcludeProbe(now);
  Control(now);
  Schedule(now);
}

void SendSideEstimator::UpdateRtt(Duration sample) {
  if (sample < Duration::zero()) return;
  rtt_ = rtt_ == Duration::zero() || sample < rtt_ ? sample : rtt_ + (sample - rtt_) / 32;
}

void SendSideEstimator::ConcludeProbe(Timestamp now) {
  const auto result = probe_.Conclude(rtt_, loss_.random_loss(), now);
  if (!result) return;
  probe_bps_ = result->bps;
  probe_ended_ = now;
  probes_arrive_ = result->sent;
  schedule_.OnResult(*result, now);
  if (result->bps == 0 || !transport_feedback_) return;
  if (result->bps > estimate_) {
    if (ceiling_.OnProbe(result->bps, now)) Set(result->bps, Reason::kProbe);
  } else if (result->saturated) {
    // Less than was believed. What is being sent passes, though.
    const std::uint32_t passes = std::max(wanted_now_, Delivered(acknowledged_.bits_per_second()));
    if (passes < estimate_) Set(std::max(passes, result->bps), Reason::kProbe);
  }
}

bool SendSideEstimator::Congested(Timestamp now) {
  const Duration queue = queue_.queue();
  const std::uint32_t recent = Delivered(acknowledged_.recent_bits_per_second());
  const bool probing = probe_.active() || now - probe_ended_ < kProbeEcho;
  if (probing && recent > 0.8 * wanted_now_) return false;  // the probe's own queue
  const Duration since_fall = now - last_fall_;
  if (since_fall < rtt_ + 150ms && recent > 0.5 * estimate_) return false;  // it has not shown yet
  if (trend_.state() == DelayState::kOveruse && queue > kCongestedQueue) return true;
  // Too slow for the trend, or as full as it gets.
  const auto since = queue_.long_since();
  if (!since) {
    foreign_queue_ = false;
    return false;
  }
  if (foreign_queue_ || now - *since < kLongQueueFor || trend_.state() == DelayState::kUnderuse) return false;
  if (since_fall < rtt_ + 1s || queue < queue_at_fall_ * 0.7) return false;  // draining
  if (since_fall < 4s && ++vain_falls_ >= 2) {
    // Sending less does not shorten it: it is not ours, and giving way would only starve us.
    foreign_queue_ = true;
    vain_falls_ = 0;
    return false;
  }
  return true;
}

void SendSideEstimator::Control(Timestamp now) {
  const std::uint32_t recent = Delivered(acknowledged_.recent_bits_per_second());
  const Duration queue = queue_.queue();
  if (Congested(now)) {
    Fall(static_cast<std::uint32_t>(kBackOff * recent), Reason::kDelay, now);
  } else if (now - last_fall_ > rtt_ + 300ms && loss_.loss() > loss_.random_loss() + 0.03 &&
             (loss_.Narrow() || (queue > kCongestedQueue && !probe_.active()))) {
    Fall(static_cast<std::uint32_t>(0.9 * recent), Reason::kLoss, now);
  } else if (trend_.state() == DelayState::kNormal && queue < kCalmQueue) {
    loss_.LearnRandom();
    Grow(now);
  }
  last_control_ = now;
}

void SendSideEstimator::Fall(std::uint32_t bps, Reason reason, Timestamp now) {
  last_fall_ = now;
  queue_at_fall_ = queue_.queue();
  ceiling_.OnCongestion(Delivered(acknowledged_.recent_bits_per_second()), now);
  schedule_.OnFall(now);
  if (bps < estimate_) Set(bps, reason);
}

void SendSideEstimator::Grow(Timestamp now) {
  if (now - last_fall_ < kSettled || probe_.active()) return;
  const std::uint32_t delivered = Delivered(acknowledged_.bits_per_second());
  const std::uint32_t limit = ceiling_.limit(now);
  if (delivered > estimate_) Set(std::min(delivered, std::max(limit, estimate_)), Reason::kDelivered);
  if (delivered < (probes_arrive_ ? kUsed : kBlindUsed) * estimate_) return;
  const double elapsed = std::min(1.0, ToSeconds(now - last_control_));
  const double most = std::min<double>(limit, (probes_arrive_ ? kRoomAbove : kBlindRoom) * delivered);
  const double grown = std::min(most, estimate_ * (1 + kGrowthPerSecond * elapsed));
  if (grown > estimate_) Set(static_cast<std::uint32_t>(grown), Reason::kGrowth);
}

void SendSideEstimator::OnReceiverReport(double fraction_lost, std::optional<Duration> rtt, Timestamp now) {
  if (rtt && *rtt > Duration::zero()) UpdateRtt(*rtt);
  if (transport_feedback_ || !(fraction_lost > kRembHighLoss) || now - last_fall_ < rtt_ + 300ms) return;
  last_fall_ = now;
  Set(static_cast<std::uint32_t>(estimate_ * (1 - 0.5 * std::min(1.0, fraction_lost))), Reason::kLoss);
}

void SendSideEstimator::OnRemb(std::uint64_t bps, Timestamp now) {
  if (transport_feedback_) return;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  Set(static_cast<std::uint32_t>(std::min(bps, kMost)), Reason::kRemb);
  Schedule(now);
}

void SendSideEstimator::SetWanted(std::uint32_t bps_now, std::uint32_t bps_next, Timestamp now) {
  const bool resumes = wanted_now_ == 0 && bps_now != 0;
  wanted_now_ = bps_now;
  wanted_next_ = bps_next;
  if (resumes) {
    next_check_ = now + kSilence;
    NoteActivity(now);
  }
  Schedule(now);
}

void SendSideEstimator::NoteActivity(Timestamp now) {
  if (sent_any_ && now - last_active_ >= kForgetAfter) {
    const std::uint32_t careful = std::max(options_.start_bps, estimate_ / 2);
    if (careful < estimate_) Set(careful, Reason::kIdle);
    schedule_.OnNews(now);
  }
  last_active_ = now;
}

std::optional<SendSideEstimator::ProbeChunk> SendSideEstimator::TakeProbe() {
  const std::size_t bytes = probe_.Take();
  if (bytes == 0) return std::nullopt;
  return ProbeChunk{bytes};
}

void SendSideEstimator::StartProbe(Timestamp now) {
  if (probe_.active()) return;
  const std::uint32_t target = schedule_.Target(estimate_, wanted_next_, ceiling_.probe_floor(now), now);
  if (target == 0) return;
  probe_.Start(target, static_cast<std::uint16_t>(newest_sequence_ + 1), sent_bytes_, now);
}

void SendSideEstimator::CheckSilence(Timestamp now) {
  if (wanted_now_ == 0 || now < next_check_) return;
  next_check_ = now + kSilence;
  const bool waiting =
      sent_bytes_at_check_ > sent_bytes_at_feedback_ && now - last_feedback_ > kSilence + rtt_;
  if (sent_bytes_ != sent_bytes_at_check_) NoteActivity(now);
  sent_bytes_at_check_ = sent_bytes_;
  if (!transport_feedback_ || !waiting) return;
  last_fall_ = now;
  schedule_.OnFall(now);
  Set(estimate_ / 2, Reason::kSilence);
}

void SendSideEstimator::OnTimeout(Timestamp now) {
  ConcludeProbe(now);
  CheckSilence(now);
  StartProbe(now);
  probe_.OnTimeout(sent_bytes_, newest_sequence_, now);
  Schedule(now);
}

void SendSideEstimator::Schedule(Timestamp now) {
  deadline_ = wanted_now_ == 0 ? kNever : next_check_;
  if (probe_.active()) {
    deadline_ = std::min(deadline_, probe_.NextDeadline(rtt_));
  } else if (wanted_next_ > estimate_) {
    deadline_ = std::min(deadline_, std::max(now, schedule_.not_before()));
  }
}

SendSideEstimator::State SendSideEstimator::state() const {
  return {.reason = reason_,
          .delay = trend_.state(),
          .acknowledged_bps = acknowledged_.bits_per_second(),
          .loss = loss_.loss(),
          .random_loss = loss_.random_loss(),
          .rtt = rtt_,
          .queue = queue_.queue(),
          .probing = probe_.active(),
          .probe_bps = probe_bps_};
}

}  // namespace kcs::congestion
