// Whether a queue before a receiver says that too much is sent: or whether it is a probe's or a key frame's,
// or somebody else's.
#include <algorithm>

#include "engine/congestion/send_side_estimator.h"

namespace kcs::congestion {
namespace {

constexpr double kLeastBackOff = 0.6;  // with a long queue
constexpr double kCollapsed = 0.6;     // of what is sent
constexpr Duration kSurge = 60ms;
constexpr int kSurgeReports = 2;
constexpr double kShort = 0.75;  // of what is sent
constexpr Duration kLongQueueFor = 300ms;
constexpr Duration kForeignAfter = 3s;  // of a queue that does not obey
constexpr Duration kForeignGone = 4s;   // without a queue
constexpr Duration kOwnDrains = 2s;     // the queue that we made, on paths that are nearly full
constexpr Duration kOwnLingers = 4s;
constexpr double kOwnSlack = 1.4;    // reports tell of the queue now and then only
constexpr double kOwnLeast = 0.080;  // s
constexpr double kOwnMost = 0.120;
constexpr Duration kShrinksFor = 4s;  // then it stands, if it is still long
constexpr Duration kDrainSlack = 3ms;
constexpr Duration kBears = 5s;
constexpr Duration kBearable = 60ms;
constexpr double kPasses = 0.9;        // of what is sent: all of it
constexpr Duration kFallCounts = 60s;  // for what was known before it

}  // namespace

bool SendSideEstimator::Congested(Timestamp now) {
  if (OutlivesSilence(now)) {
    foreign_queue_ = true;
    Set(std::max(estimate_, static_cast<std::uint32_t>(kBackOff * before_fall_)), Reason::kDelivered);
    return false;
  }
  const Duration queue = queue_.queue();
  if (Probing(now) && recent_ > 0.8 * wanted_now_) return false;  // the probe's own queue
  const Duration since_fall = now - last_fall_;
  if (since_fall < rtt_ + 150ms && recent_ > 0.5 * estimate_) return false;  // it has not shown yet
  if (foreign_queue_) {
    if (queue_.short_for(now) > kForeignGone) foreign_queue_ = false;
    // Delay says nothing then. Losses do, and a link that has become much slower.
    return trend_.state() == DelayState::kOveruse && recent_ < 0.5 * wanted_now_;
  }
  const bool draining = since_fall < rtt_ + 1s && queue * 10 < queue_peak_ * 9;
  if (draining && recent_ > 0.6 * estimate_) return false;
  // A key frame makes a queue that shrinks at once. Only one that has lasted for a report and still grows
  // tells of a path that is too narrow.
  const Duration least = now - last_step_ < rtt_ + kKeyFrame ? 2 * kCongestedQueue : kCongestedQueue;
  if (Collapsed(now)) return true;
  if (DrainsOwn(now)) return false;
  const bool lasts = queue_.before() > least && queue >= queue_.before();
  if (trend_.state() == DelayState::kOveruse && queue > least && (lasts || queue > kHugeQueue))
    return !Bears(now);
  // Too slow for the trend, or as full as it gets.
  const auto since = queue_.long_since();
  if (!since || now - *since < kLongQueueFor || trend_.state() == DelayState::kUnderuse) return false;
  const bool shorter = queue * 10 < queue_peak_ * 7;
  if (since_fall < rtt_ + 1s || (shorter && now - *since < kShrinksFor) || Bears(now)) return false;
  // (A picture for which the estimate is too small, and which is sent all the same, is not less.)
  if (!shorter && last_fall_ > *since && now - std::max(*since, overdrawn_) > kForeignAfter + 2 * rtt_) {
    // Sending less does not shorten it: it is not ours, and giving way would only starve us.
    foreign_queue_ = true;
    return false;
  }
  return true;
}

// On a path that is nearly full the queue of a probe, or of the key frame of a layer that was taken, takes
// its time. As long as all that is sent passes, and the queue is not much longer than they made it, it says
// nothing; while the key frame itself arrives, however long it is. (After a pause, and at the beginning,
// nothing is known yet of what passes.)
bool SendSideEstimator::DrainsOwn(Timestamp now) const {
  if (now - last_step_ < kKeyFrame && last_fall_ < last_step_ &&
      (silent_since_ < last_step_ || recent_ > wanted_now_))
    return true;
  if (recent_ <= kPasses * wanted_now_) return false;
  const Duration queue = queue_.queue();
  if (now - probe_ended_ < kOwnDrains && last_fall_ < probe_ended_ && queue <= queue_.before() + kDrainSlack)
    return true;
  if (wanted_now_ > estimate_ || last_fall_ >= std::max(probe_ended_, last_step_)) return false;
  return ToSeconds(queue) <= OwnQueueLeft(now);
}

// How much may be left, in seconds, of the queue that we made at once: what pictures take of a nearly full
// path comes and goes, so a short one neither shrinks evenly nor soon. From a long one sound suffers.
double SendSideEstimator::OwnQueueLeft(Timestamp now) const {
  const double passed = ToSeconds(now - std::max(probe_ended_, last_step_));
  const double own = ToSeconds(own_queue_);
  const double soon = own * (1 - passed / ToSeconds(kOwnDrains));
  if (!NearlyFull() || probe_bps_ >= kNarrow) return soon;
  const double lingers = passed / ToSeconds(kOwnLingers);
  return std::max(soon, std::clamp(kOwnSlack * own, kOwnLeast, kOwnMost) * (1 - lingers * lingers));
}

// Pictures that wander make a little queue that comes and goes where they nearly fill the path. As long as
// all that is sent passes, one that is short says nothing, and one that is not quite short
// (QueueGauge::kLong) for kBears.
bool SendSideEstimator::Bears(Timestamp now) const {
  const auto since = queue_.long_since();
  return queue_.queue() < kBearable && (!since || now - *since < kBears) &&
         recent_ >= kPasses * wanted_now_ && wanted_now_ <= estimate_;
}

// The longest queue while we send more at once than the pictures take.
void SendSideEstimator::NoteOwnQueue(Timestamp now) {
  if (Probing(now) || now - last_step_ < rtt_ + kKeyFrame) own_queue_ = std::max(own_queue_, queue_.queue());
}

// How the queue grew from the first packet of a report to the last, and how fast they arrived.
void SendSideEstimator::NoteSwelling(const Reported& reported) {
  swelled_before_ = swelled_;
  swelled_ = Duration{reported.last_delay_us - reported.first_delay_us};
  if (swelled_ <= kSwelled) return;
  const double seconds = static_cast<double>(reported.last_arrival_us - reported.first_arrival_us) / 1e6;
  const double bps = seconds > 0 ? static_cast<double>(reported.bytes) * 8 / seconds : 4e9;
  swelled_bps_ = static_cast<std::uint32_t>(std::min(bps, 4e9));
}

// Much less arrives than is sent, and each packet waits longer than the one before it. A frame that is larger
// than usual makes a queue as well, but passes at the path's rate, which is more than the mean.
bool SendSideEstimator::Collapsed(Timestamp now) const {
  // Others' bursts look the same, and are over with the next report.
  if (now - last_undone_ < kBurstyFor && swelled_before_ <= kSwelled) return false;
  if (now - last_step_ <= rtt_ + kKeyFrame) return false;
  const bool within_report =
      swelled_ > kSwelled && swelled_bps_ < kCollapsed * wanted_now_ && recent_ < kUsed * wanted_now_;
  return within_report || Surges();
}

// From report to report the queue has grown, and what arrives falls short of what is sent: long before the
// trend of so few packets tells.
bool SendSideEstimator::Surges() const {
  return queue_.rises() >= kSurgeReports && queue_.queue() > kSurge && recent_ < kShort * wanted_now_;
}

// Nothing but probes has been sent for a while, and there is a queue, still or again: it is not ours. (A
// probe makes one of its own, which is shorter than that.)
bool SendSideEstimator::OutlivesSilence(Timestamp now) const {
  return !foreign_queue_ && wanted_now_ == 0 && before_fall_ > estimate_ && now - last_fall_ < kFallCounts &&
         now - silent_since_ > kSettled + 2 * rtt_ && queue_.queue() > QueueGauge::kLong + Probe::kMaxQueue;
}

// What stands in the queue has to pass as well, and within a second.
double SendSideEstimator::BackOff() const {
  const double standing = std::max(0.0, ToSeconds(queue_.queue()) - ToSeconds(kHugeQueue));
  return std::max(kLeastBackOff, kBackOff - standing);
}

}  // namespace kcs::congestion
