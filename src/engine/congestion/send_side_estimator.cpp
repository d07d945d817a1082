#include "engine/congestion/send_side_estimator.h"

#include <algorithm>
#include <limits>

#include "base/leisure.h"

namespace kcs::congestion {
namespace {

constexpr double kCollapseBackOff = 0.7;  // what is in flight by now has to pass as well
constexpr double kStep = 1.15;            // that is a layer more, not a rate that wanders
constexpr Duration kCalmQueue = 20ms;
constexpr double kAboveProbe = 1.2;    // growth beside a foreign queue
constexpr double kForeignLoss = 0.06;  // what the others cause is less
constexpr Duration kTransient = 2500ms;
constexpr Duration kTransientAgain = 4s;
constexpr double kTransientRatio = 1.5;
constexpr double kLittle = 0.6;    // of the estimate
constexpr double kMuchLess = 0.6;  // than what is sent
constexpr Duration kPatience = 400ms;
constexpr Duration kPatienceAgain = 3s;
constexpr Duration kProbeEcho = 300ms;  // the queue that a probe made is gone then, on most paths
constexpr Duration kRecent = 300ms;     // reports come more often
constexpr Duration kBusy = 100ms;       // until the next look at whether a probe would do harm
constexpr double kProgress = 1.2;
constexpr double kGentle = 1.6;  // times the estimate is probed where it is in use
constexpr double kLeastGentle = 1.25;
constexpr double kNearlyFull = 0.8;     // of what a probe found is in use
constexpr double kBrim = 0.9;           // of what a probe found arrives
constexpr double kMostOfIt = 0.75;      // of the estimate
constexpr Duration kFirstSeconds = 3s;  // of a layer
constexpr Duration kOverdrawsFor = 30s;
constexpr double kProbeAboveMost = 1.1;
constexpr double kGrowthPerSecond = 0.08;
constexpr double kRoomAbove = 1.15;             // growth, above what arrives
constexpr double kBlindGrowthPerSecond = 0.15;  // there is nothing to probe with
constexpr std::uint64_t kUnheard = 3000;        // bytes
constexpr Duration kMaxRtt = 3s;
constexpr double kLossBackOff = 0.9;
constexpr double kBurstLoss = 0.12;
constexpr double kMuchLoss = 0.03;  // besides the path's own, while there is a queue
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

void SendSideEstimator::OnReceived(std::uint16_t sequence, const SendHistory::Packet& packet,
                                   std::int64_t arrival_us, Reported& reported) {
  acknowledged_.Add(packet.size, arrival_us);
  bursts_.Add(packet.sent, packet.size, arrival_us);
  trains_.Add(packet.sent, packet.size, arrival_us);
  probe_.OnReceived(sequence, packet.size, packet.sent, arrival_us);
  if (const auto delta = groups_.Add(ToMicros(packet.sent), arrival_us)) trend_.Update(*delta);
  const std::int64_t delay_us = arrival_us - ToMicros(packet.sent);
  if (!reported.any_received) {
    reported.first_delay_us = delay_us;
    reported.first_arrival_us = arrival_us;
  } else {
    reported.bytes += packet.size;
  }
  reported.last_delay_us = delay_us;
  reported.last_arrival_us = arrival_us;
  reported.min_delay_us = reported.any_received ? std::min(reported.min_delay_us, delay_us) : delay_us;
  reported.newest_sent = reported.any_received ? std::max(reported.newest_sent, packet.sent) : packet.sent;
  reported.any_received = true;
}

SendSideEstimator::Reported SendSideEstimator::Walk(const wire::TransportFeedback& feedback, Timestamp now) {
  Reported reported;
  const std::int64_t cycle_us = reference_.CycleOf(feedback.reference_time);
  std::uint64_t missed_bytes = 0;
  if (reported_any_) missed_bytes = MissedBytes(feedback.base_sequence, now);
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
      loss_.OnFound(packet.sent);
    }
    if (!status->received) continue;
    const std::int64_t arrival_us = cycle_us + status->arrival_us;
    if (missed_bytes != 0) {
      acknowledged_.Fill(missed_bytes, arrival_us);
      missed_bytes = 0;
    }
    OnReceived(status->sequence, packet, arrival_us, reported);
  }
  const auto end = static_cast<std::uint16_t>(feedback.base_sequence + feedback.status_count);
  if (!reported_any_ || static_cast<std::int16_t>(end - next_reported_) > 0) next_reported_ = end;
  reported_any_ = true;
  return reported;
}

// Packets of which no report spoke, because the report was lost. They are taken for received: what arrives
// would seem to be less otherwise.
std::uint64_t SendSideEstimator::MissedBytes(std::uint16_t base_sequence, Timestamp now) {
  const auto missed = static_cast<std::int16_t>(base_sequence - next_reported_);
  std::uint64_t bytes = 0;
  for (std::int16_t i = 0; i < missed && static_cast<std::size_t>(i) < history_.capacity(); ++i) {
    const auto sequence = static_cast<std::uint16_t>(next_reported_ + i);
    const SendHistory::Packet packet = history_.Report(sequence, true, now);
    if (packet.before == SendHistory::Status::kInFlight) bytes += packet.size;
  }
  return bytes;
}

void SendSideEstimator::OnTransportFeedback(const wire::TransportFeedback& feedback, Timestamp now) {
  if (!sent_any_ || feedback.status_count > history_.capacity()) return;
  // What a path lost while it let nothing through, in either direction, says nothing of how wide it is.
  if (transport_feedback_ && now - last_feedback_ > kSilence + rtt_) loss_.OnCut(now - rtt_);
  const Reported reported = Walk(feedback, now);
  if (!reported.any) return;
  transport_feedback_ = true;
  last_feedback_ = now;
  sent_bytes_at_feedback_ = sent_bytes_;
  if (reported.any_received) {
    queue_.Add(reported.min_delay_us, now);
    NoteSwelling(reported);
    queue_peak_ = std::max(queue_peak_, queue_.queue());
    NoteOwnQueue(now);
    UpdateRtt(now - reported.newest_sent);
  }
  recent_ = Delivered(acknowledged_.recent_bits_per_second());
  ConcludeProbe(now);
  Control(now);
  LookForRoom(now);
  Schedule(now);
}

void SendSideEstimator::UpdateRtt(Duration sample) {
  if (sample < Duration::zero()) return;
  sample = std::min(sample, kMaxRtt);
  rtt_ = rtt_ == Duration::zero() || sample < rtt_ ? sample : rtt_ + (sample - rtt_) / 32;
}

void SendSideEstimator::ConcludeProbe(Timestamp now) {
  const auto result = probe_.Conclude(rtt_, loss_.random_loss(), now);
  if (!result) return;
  probe_bps_ = result->bps;
  probe_full_ = result->saturated;
  probe_ended_ = now;
  trains_.Forget();  // the probe was one
  probes_arrive_ = result->sent;
  const std::uint32_t before = estimate_;
  if (result->bps != 0 && transport_feedback_) Believe(*result, now);
  const bool measured = result->sent && result->bps != 0;
  const bool costly =
      measured && !foreign_queue_ && result->bps < kNarrow && wanted_now_ > kNearlyFull * result->bps;
  schedule_.OnResult(*result, estimate_ > kProgress * before, costly, now);
}

void SendSideEstimator::Believe(const Probe::Result& result, Timestamp now) {
  if (result.bps > estimate_) {
    const std::uint32_t believed = failed_.OnProbe(result.bps, now);
    if (believed > estimate_) Set(believed, Reason::kProbe);
  } else if (result.saturated) {
    // Less than was believed. What is being sent passes, though.
    const std::uint32_t passes = std::max(wanted_now_, Delivered(acknowledged_.bits_per_second()));
    if (passes < estimate_) Set(std::max(passes, result.bps), Reason::kProbe);
  }
}

void SendSideEstimator::Control(Timestamp now) {
  const Duration queue = queue_.queue();
  if (overdraws_) overdrawn_ = now;
  if (queue < kCalmQueue) waits_since_ = kLongAgo;  // what was waited for has passed
  if (WasTransient(now)) {
    last_undone_ = now;
    failed_.OnDelivered(recent_, now);
    Set(static_cast<std::uint32_t>(kBackOff * before_fall_), Reason::kDelivered);
    before_fall_ = 0;
  } else if (Congested(now)) {
    const bool within_report = Collapsed(now) && swelled_ > kSwelled;
    const double passes =
        within_report ? kCollapseBackOff * std::min(recent_, swelled_bps_) : BackOff() * recent_;
    if (!Waits(now)) Fall(static_cast<std::uint32_t>(passes), Reason::kDelay, now);
  } else if (LosesByCongestion(now)) {
    // Beside others that fill the queue, what arrives is what was sent, and no measure of the path.
    // Where more is sent than the estimate on purpose, sound is lost with it: not for long.
    const double passes = overdraws_ ? std::min<double>(recent_, kBackOff * estimate_) : recent_;
    const double rest = foreign_queue_ ? (1 - 0.5 * loss_.loss()) * estimate_ : kLossBackOff * passes;
    Fall(static_cast<std::uint32_t>(rest), Reason::kLoss, now);
    loss_.OnFall();
  } else if (foreign_queue_) {
    Compete(now);
  } else if (trend_.state() == DelayState::kNormal && queue < kCalmQueue) {
    loss_.LearnRandom();
    Grow(now);
  }
  last_control_ = now;
}

bool SendSideEstimator::LosesByCongestion(Timestamp now) const {
  if (now - last_fall_ < rtt_ + 300ms) return false;
  // Whoever fills the queue makes it overflow now and then.
  if (foreign_queue_) return now - last_fall_ > 1s && loss_.loss() > loss_.random_loss() + kForeignLoss;
  if (loss_.Narrow()) return true;
  // A probe or a key frame may overflow a short queue once.
  const bool burst = Probing(now) || now - last_step_ < rtt_ + kKeyFrame;
  const double tolerated = loss_.random_loss() + (burst ? kBurstLoss : kMuchLoss);
  return loss_.loss() > tolerated && queue_.queue() > kCongestedQueue;
}

bool SendSideEstimator::Probing(Timestamp now) const {
  return probe_.active() || now - probe_ended_ < kProbeEcho;
}

// Who sends much less than was found to fit has hardly made the queue: others have, and go first. So they do
// where queues have gone away by themselves before.
bool SendSideEstimator::Waits(Timestamp now) {
  const bool bursty = now - last_undone_ < kBurstyFor;
  // Where nobody else has been seen yet, a queue that long is not waited for: sound suffers from it.
  if (!bursty && queue_.queue() > kHugeQueue && recent_ < kMuchLess * wanted_now_) return false;
  if (now - waits_since_ < kPatience + rtt_) return true;
  const bool others = wanted_now_ <= kLittle * estimate_ || bursty;
  if (!others || now - waits_since_ < kPatienceAgain) return false;
  waits_since_ = now;
  return true;
}

// After a fall no more can arrive than the path let through then, unless that was not the path's rate but
// what others left us for a moment: then what was known before holds again.
bool SendSideEstimator::WasTransient(Timestamp now) const {
  if (before_fall_ <= estimate_ || now - last_fall_ > kTransient + rtt_) return false;
  if (now - last_undone_ < kTransientAgain) return false;
  if (queue_.rises() > 0) return false;  // what arrives while it does is all that the path carries
  return recent_ > kTransientRatio * full_at_;
}

void SendSideEstimator::Fall(std::uint32_t bps, Reason reason, Timestamp now) {
  before_fall_ = now - last_fall_ > kTransient ? estimate_ : std::max(before_fall_, estimate_);
  // (A stretch that began before the queue says too little.)
  const std::uint32_t full = swelled_ > kSwelled ? std::max(recent_, Delivered(swelled_bps_)) : recent_;
  full_at_ = now - last_fall_ > kTransient ? full : std::max(full_at_, full);
  last_fall_ = now;
  queue_peak_ = queue_.queue();
  failed_.OnCongestion(recent_, now);
  trains_.Forget();
  schedule_.OnFall(now);
  if (reason == Reason::kDelay) loss_.OnCut(now);
  if (bps < estimate_) Set(bps, reason);
}

void SendSideEstimator::Grow(Timestamp now) {
  if (now - last_fall_ < kSettled || probe_.active()) return;
  const std::uint32_t delivered = Delivered(acknowledged_.bits_per_second());
  const std::uint32_t limit = failed_.Limit(now);
  if (delivered > estimate_) {
    failed_.OnDelivered(delivered, now);
    Set(delivered, Reason::kDelivered);
  }
  if (!probes_arrive_) return GrowTo(std::min<double>(limit, wanted_next_), kBlindGrowthPerSecond, now);
  if (delivered < kUsed * estimate_) return;
  GrowTo(std::min<double>(limit, kRoomAbove * delivered), kGrowthPerSecond, now);
}

// Beside a flow that fills the queue whatever we do, a probe finds its part of the full queue, which is less
// than there would be if that flow gave way. So what is above it is approached slowly, and losses decide
// whether it is too much; but what is far above it would leave the other too little, and cost both.
void SendSideEstimator::Compete(Timestamp now) {
  if (now - last_fall_ < kSettled || probe_.active()) return;
  const double most = probes_arrive_ && probe_bps_ != 0 ? kAboveProbe * probe_bps_ : 4e9;
  GrowTo(std::max(std::min<double>(wanted_next_, most), kRoomAbove * wanted_now_), kGrowthPerSecond, now);
}

void SendSideEstimator::GrowTo(double most, double per_second, Timestamp now) {
  const double elapsed = std::clamp(ToSeconds(now - last_control_), 0.0, 1.0);
  const double grown = std::min(most, estimate_ * (1 + per_second * elapsed));
  if (grown > estimate_) Set(static_cast<std::uint32_t>(std::min(grown, 4e9)), Reason::kGrowth);
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

void SendSideEstimator::SetWanted(std::uint32_t bps_now, std::uint32_t bps_next, Timestamp now,
                                  bool overdraws) {
  if (bps_now > kStep * wanted_now_) {
    last_step_ = now;
    if (wanted_now_ != 0) silent_since_ = kNever;
    schedule_.OnStep();
    own_queue_ = {};
  }
  const bool resumes = wanted_now_ == 0 && bps_now != 0;
  if (wanted_now_ != 0 && bps_now == 0) silent_since_ = now;
  wanted_now_ = bps_now;
  overdraws_ = overdraws;
  wanted_next_ = bps_next <= options_.max_bps ? bps_next : 0;
  if (resumes) {
    next_check_ = AtLeisure(now + kSilence);
    NoteActivity(now);
  }
  Schedule(now);
}

void SendSideEstimator::NoteActivity(Timestamp now) {
  if (sent_any_ && last_active_ != kLongAgo && now - last_active_ >= kForgetAfter) {
    const std::uint32_t careful = std::max(options_.start_bps, estimate_ / 2);
    if (careful < estimate_) Set(careful, Reason::kIdle);
    schedule_.OnNews(now);
  }
  last_active_ = now;
}

std::optional<SendSideEstimator::ProbeChunk> SendSideEstimator::TakeProbe() {
  const std::size_t bytes = probe_.Take();
  if (bytes == 0) return std::nullopt;
  return ProbeChunk{.bytes = bytes, .packet_size = probe_.packet_size()};
}

// Where the pictures nearly fill the path, what a probe has too much stays in the queue for long.
bool SendSideEstimator::NearlyFull() const {
  return probe_full_ && probe_bps_ >= kThin && wanted_now_ > kNearlyFull * probe_bps_ &&
         !schedule_.has_sign();
}

// Pictures show it, often sooner than the next probe would, when the path carries more than is known.
void SendSideEstimator::LookForRoom(Timestamp now) {
  // After a fall the estimate is below what passed even then.
  const std::uint32_t found = last_fall_ > probe_ended_ ? full_at_ : probe_full_ ? probe_bps_ : 0;
  trains_.Believe(std::max(estimate_, found));
  if (foreign_queue_ || queue_.queue() > kCalmQueue || wanted_next_ <= estimate_) return;
  if (trains_.passes_faster(now)) schedule_.OnSign(now);
}

// For how long at most a probe is put off by what the path is busy with; zero: it is not busy.
Duration SendSideEstimator::ProbeWaits(Timestamp now) const {
  // What was reported long ago says nothing of now.
  const Duration queue = now - last_feedback_ < kRecent + rtt_ ? queue_.queue() : Duration::zero();
  const bool queued = queue > kCongestedQueue;
  // A queue that others keep long will not go, but shrinks now and then: what it has no place for is lost.
  if (foreign_queue_) {
    return queued && queue * 5 > queue_peak_ * 4 ? ProbeSchedule::kLongestPostponed : Duration::zero();
  }
  // What is too much for the estimate already is a probe.
  if (queued && overdraws_) return kOverdrawsFor;
  const bool brims = NearlyFull() && Delivered(acknowledged_.bits_per_second()) > kBrim * probe_bps_;
  // Whether a layer fits is seen in its first seconds, if nothing disturbs it.
  const bool settles =
      now - last_step_ < kFirstSeconds && estimate_ < kNarrow && wanted_now_ > kMostOfIt * estimate_;
  if (queue > QueueGauge::kLong || brims || settles) return ProbeSchedule::kLongestWaitNearlyFull;
  const bool steps = now - last_step_ < rtt_ + kKeyFrame;
  return queued || steps ? ProbeSchedule::kLongestPostponed : Duration::zero();
}

void SendSideEstimator::StartProbe(Timestamp now) {
  if (probe_.active()) return;
  const std::uint32_t target = schedule_.Target(estimate_, wanted_next_, failed_, now);
  if (target == 0) return;
  const Duration patience = ProbeWaits(now);
  if (patience > Duration::zero() && !schedule_.Postpone(kBusy, patience, now)) return;
  const bool gently = NearlyFull();
  const double gentle = std::max(kGentle * std::min(estimate_, probe_bps_), kLeastGentle * estimate_);
  const double most = std::min({kProbeAboveMost * options_.max_bps, 4e9, gently ? gentle : 4e9});
  own_queue_ = {};
  probe_.Start(std::min(target, static_cast<std::uint32_t>(most)), estimate_,
               static_cast<std::uint16_t>(newest_sequence_ + 1), sent_bytes_,
               wanted_now_ == 0 ? Probe::kLongLength
               : gently         ? Probe::kGentleLength
                                : Probe::kMaxLength,
               now);
}

void SendSideEstimator::CheckSilence(Timestamp now) {
  if (wanted_now_ == 0 || now < next_check_) return;
  next_check_ = AtLeisure(now + kSilence);
  // What was sent a second ago has not been reported, and more is being sent all the time.
  const bool unheard = sent_bytes_at_check_ > sent_bytes_at_feedback_ + kUnheard;
  const bool sending = sent_bytes_ != sent_bytes_at_check_;
  if (sending) NoteActivity(now);
  sent_bytes_at_check_ = sent_bytes_;
  if (!transport_feedback_ || !unheard || !sending || now - last_feedback_ <= kSilence + rtt_) return;
  last_fall_ = now;
  before_fall_ = full_at_ = 0;  // nothing passed, and that is no measure of the path
  trains_.Forget();
  schedule_.OnFall(now);
  Set(estimate_ / 2, Reason::kSilence);
}

void SendSideEstimator::OnTimeout(Timestamp now) {
  CheckSilence(now);
  StartProbe(now);
  probe_.OnTimeout(sent_bytes_, newest_sequence_, now);
  ConcludeProbe(now);
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
          .competing = foreign_queue_,
          .probing = probe_.active(),
          .probe_bps = probe_bps_};
}

}  // namespace kcs::congestion
