#include "engine/sfu/downlink.h"

#include <algorithm>
#include <cmath>

#include "base/leisure.h"
#include "engine/sfu/consumer.h"
#include "engine/sfu/pacer.h"

namespace kcs::sfu {
namespace {

constexpr std::uint64_t kUnlimited = 1'000'000'000'000;

bool IsThere(const congestion::LayerTable& layers) {
  return std::ranges::any_of(layers.available, [](std::uint8_t temporal) { return temporal != 0; });
}

// The least that the most important picture costs.
std::uint64_t CheapestPicture(std::span<const congestion::VideoConsumer> consumers) {
  const congestion::VideoConsumer* first = nullptr;
  for (const congestion::VideoConsumer& consumer : consumers) {
    if (consumer.paused || consumer.layers->available[0] == 0) continue;
    if (first == nullptr ||
        std::pair(consumer.is_screen, consumer.priority) > std::pair(first->is_screen, first->priority)) {
      first = &consumer;
    }
  }
  if (first == nullptr) return 0;
  return std::max(first->layers->bps[0][0], first->layers->peak[0][0]);
}

}  // namespace

void Downlink::OnTransportFeedback(const wire::TransportFeedback& feedback, Timestamp now) {
  reports_ = true;
  const std::uint32_t before = estimator_.bits_per_second();
  estimator_.OnTransportFeedback(feedback, now);
  collapsed_ = estimator_.bits_per_second() < kCollapsed * before;
  NoteEstimate(now);
}

void Downlink::OnReceiverReport(double fraction_lost, std::optional<Duration> rtt, Timestamp now) {
  estimator_.OnReceiverReport(fraction_lost, rtt, now);
  NoteEstimate(now);
}

void Downlink::OnRemb(std::uint64_t bps, Timestamp now) {
  reports_ = true;
  estimator_.OnRemb(bps, now);
  NoteEstimate(now);
}

bool Downlink::MayRetransmit(Timestamp now) {
  if (!reports_) return true;
  const double estimate = estimator_.bits_per_second();
  const double rate = congested() ? kRetransmissionShareCongested * estimate
                                  : std::max(kRetransmissionShare * estimate, estimate - allocated_);
  retransmission_bits_ = std::min(rate * ToSeconds(kRetransmissionBurst),
                                  retransmission_bits_ + rate * ToSeconds(now - retransmissions_at_));
  retransmissions_at_ = now;
  return retransmission_bits_ > 0;
}

void Downlink::OnTimeout(Timestamp now) {
  if (estimator_.NextDeadline() > now) return;
  estimator_.OnTimeout(now);
  NoteEstimate(now);
}

void Downlink::NoteEstimate(Timestamp now) {
  const double change = std::abs(static_cast<double>(estimator_.bits_per_second()) - shared_estimate_);
  if (change > kNotable * shared_estimate_) Reconsider(now);
}

bool Downlink::Settle(std::span<const std::unique_ptr<Consumer>> consumers, SharingTools& tools,
                      Timestamp now) {
  if (next_run_ > now) return false;
  Share(consumers, tools, now);
  return true;
}

std::uint64_t Downlink::Budget(const SharingTools& tools) const {
  if (!estimated_) return kUnlimited;
  const std::uint64_t estimate = estimator_.bits_per_second();
  // Before the first verdict one picture is tried: most links carry it, and to see nothing at first is worse
  // than a moment of too much.
  const bool untried = estimator_.reason() == congestion::SendSideEstimator::Reason::kStart;
  return untried ? std::max(estimate, 2 * CheapestPicture(tools.asked)) : estimate;
}

void Downlink::Share(std::span<const std::unique_ptr<Consumer>> consumers, SharingTools& tools,
                     Timestamp now) {
  tools.asked.clear();
  estimated_ = false;
  bool flows = false;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    if (!consumers[i]->is_video()) continue;
    estimated_ = estimated_ || consumers[i]->reports_bandwidth();
    const auto& asked = tools.asked.emplace_back(consumers[i]->Asks(static_cast<std::uint32_t>(i), now));
    flows =
        flows || (!asked.paused && (consumers[i]->producer().alive_streams() != 0 || IsThere(*asked.layers)));
  }
  shared_estimate_ = estimator_.bits_per_second();
  next_run_ = kNever;
  allocated_ = 0;
  if (tools.asked.empty()) {
    estimator_.SetWanted(0, 0, now);
    return;
  }
  const congestion::AllocationResult result =
      tools.allocator.Allocate(Budget(tools), tools.asked, now, tools.shares);
  std::uint64_t allocated = 0;
  for (const congestion::VideoShare& share : tools.shares) {
    consumers[share.index]->SetShare(share, congested(), now);
    allocated += consumers[share.index]->share().bps;
  }

  allocated_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(allocated, UINT32_MAX));
  const auto next = static_cast<std::uint32_t>(std::min<std::uint64_t>(result.next_bps, UINT32_MAX));
  // (A first picture is tried, and the last one borne for a while, on an estimate that is too small for it.)
  if (estimated_) estimator_.SetWanted(allocated_, next, now, allocated_ > shared_estimate_);
  // Where nothing comes that could be shared, nothing moves by itself: it will be told (Reconsider).
  if (flows) next_run_ = AtLeisure(std::min(now + kInterval, std::max(result.retry_at, now + 1ms)));
}

bool Downlink::drains() const {
  using Reason = congestion::SendSideEstimator::Reason;
  if (!congested() || estimator_.competes()) return false;
  return estimator_.reason() == Reason::kDelay || estimator_.reason() == Reason::kLoss;
}

std::uint32_t Downlink::Portion(Timestamp now) {
  if (allocated_ >= kLarge) large_until_ = now + kLargeFor;
  if (!reports_ || now > large_until_) return 0;
  if (estimator_.bits_per_second() > kWide || estimator_.burst_bps(now) > kWide) return 0;
  constexpr double kBytes = kPortion * ToSeconds(Pacer::kSoundInterval) / 8;
  return std::max(kLeastPortion, static_cast<std::uint32_t>(kBytes * allocated_));
}

std::optional<std::uint32_t> Downlink::available() const {
  if (!reports_) return std::nullopt;
  return estimator_.bits_per_second();
}

}  // namespace kcs::sfu
