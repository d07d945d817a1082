#include "engine/congestion/testing/send_rig.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/bytes.h"
#include "engine/wire/rtcp_header.h"

namespace kcs::congestion::testing {
namespace {

constexpr std::size_t kMaxPacket = 1200;
constexpr Duration kFrame = 33'333us;
constexpr Duration kSample = 100ms;
constexpr Duration kSwitchDelay = 100ms;  // until the key frame
constexpr double kKeyFrame = 4;           // times a frame
constexpr double kPacing = 2.5;           // times the bit rate
constexpr double kHysteresis = 1.05;      // of the allocator, upwards

std::uint64_t Tag(std::size_t flow, std::uint16_t sequence, bool padding) {
  return (flow << 32) | (padding ? 1U << 16 : 0U) | sequence;
}

}  // namespace

class SendRig::Flow {
 public:
  Flow(FlowModel model, std::size_t index, Timestamp start, std::uint64_t seed)
      : model_(std::move(model)),
        index_(index),
        start_(start),
        entropy_(seed + index * 7919),
        next_frame_(start + model_.join),
        next_sample_(start) {}

  void Work(Bottleneck& link, Timestamp now);
  void OnDelivery(const Bottleneck::Delivery& delivery, Timestamp now);
  void OnDrop() { ++sample_.lost; }
  Timestamp NextDeadline() const;
  Timestamp ReceiverDeadline() const;
  Trace trace;

 private:
  struct Feedback {
    Timestamp at{};
    std::vector<std::uint8_t> bytes;
  };

  bool Wanted(Timestamp now) const;
  void Allocate(Timestamp now);
  void MakeFrame(Timestamp now);
  void SendPacket(Bottleneck& link, std::size_t size, bool padding, Timestamp now);
  void SendPadding(Bottleneck& link, const SendSideEstimator::ProbeChunk& chunk, Timestamp now);
  void MakeFeedback(Timestamp now);
  void HearFeedback(Timestamp now);
  void TakeSample(const Bottleneck& link, Timestamp now);
  double Chance() { return entropy_.NextU32() / 4294967296.0; }

  FlowModel model_;
  std::size_t index_;
  Timestamp start_;
  SeededEntropy entropy_;
  SendSideEstimator estimator_;
  TransportFeedbackGenerator generator_;
  std::deque<std::pair<Timestamp, std::size_t>> paced_;  // packets of frames
  std::deque<std::pair<Timestamp, Bottleneck::Delivery>> detour_;
  std::deque<Feedback> feedback_;
  int decided_ = -1;
  int layer_ = -1;
  Timestamp switch_at_ = kNever;
  bool key_frame_ = true;
  double wander_ = 1;
  std::uint16_t next_sequence_ = 65'000;
  Timestamp next_frame_;
  Timestamp next_sample_;
  Sample sample_;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t media_bytes_ = 0;
  std::uint64_t delivered_bytes_ = 0;
};

bool SendRig::Flow::Wanted(Timestamp now) const {
  if (now < start_ + model_.join) return false;
  return std::none_of(model_.pauses.begin(), model_.pauses.end(), [&](const FlowModel::Span& pause) {
    return now >= start_ + pause.from && now < start_ + pause.until;
  });
}

void SendRig::Flow::Allocate(Timestamp now) {
  int best = -1;
  if (Wanted(now)) {
    best = 0;  // the lowest layer is sent whatever happens
    for (int i = 1; i < static_cast<int>(model_.layers.size()); ++i) {
      const double bps = model_.layers[static_cast<std::size_t>(i)];
      if (bps * (i > decided_ ? kHysteresis : 1.0) <= estimator_.bits_per_second()) best = i;
    }
  }
  if (best != decided_) {
    if (decided_ >= 0 && best >= 0) trace.switches.push_back(now - start_);
    decided_ = best;
    switch_at_ = best < 0 || layer_ < 0 ? now : now + kSwitchDelay;
  }
  const auto next = static_cast<std::size_t>(best + 1);
  const bool waits = best >= 0 && next < model_.layers.size();
  estimator_.SetWanted(best < 0 ? 0 : model_.layers[static_cast<std::size_t>(best)],
                       waits ? static_cast<std::uint32_t>(model_.layers[next] * kHysteresis) + 1 : 0, now);
}

void SendRig::Flow::MakeFrame(Timestamp now) {
  next_frame_ = now + kFrame;
  if (switch_at_ <= now) {
    switch_at_ = kNever;
    layer_ = decided_;
    key_frame_ = true;
    if (layer_ < 0) paced_.clear();
  }
  if (layer_ < 0) return;
  wander_ = std::clamp(wander_ + (Chance() - 0.5) * 0.03, 0.9, 1.1);
  const double bps = model_.layers[static_cast<std::size_t>(layer_)] * 0.96;
  double bytes = bps / 8 * ToSeconds(kFrame) * wander_ * (0.8 + 0.4 * Chance());
  if (key_frame_) bytes *= kKeyFrame;
  key_frame_ = false;
  Timestamp at = paced_.empty() ? now : std::max(now, paced_.back().first);
  for (auto left = static_cast<std::size_t>(bytes) + 1; left > 0;) {
    const std::size_t size = std::min(left, kMaxPacket);
    paced_.emplace_back(at, std::max<std::size_t>(size, 60));
    at += Duration{static_cast<std::int64_t>(static_cast<double>(size) * 8 / (kPacing * bps) * 1e6)};
    left -= size;
  }
}

void SendRig::Flow::SendPacket(Bottleneck& link, std::size_t size, bool padding, Timestamp now) {
  const std::uint16_t sequence = next_sequence_++;
  estimator_.OnPacketSent(sequence, size, now);
  link.Send(Tag(index_, sequence, padding), size, now);
  sent_bytes_ += size;
  if (!padding) media_bytes_ += size;
  ++sample_.sent;
}

void SendRig::Flow::SendPadding(Bottleneck& link, const SendSideEstimator::ProbeChunk& chunk, Timestamp now) {
  if (!model_.can_pad) return;
  for (std::size_t left = chunk.bytes; left > 0;) {
    const std::size_t size = std::min(left, chunk.packet_size);
    SendPacket(link, std::max<std::size_t>(size, 60), true, now);
    left -= size;
  }
}

void SendRig::Flow::MakeFeedback(Timestamp now) {
  std::array<std::uint8_t, TransportFeedbackGenerator::kMaxSize> memory;
  while (const std::size_t size = generator_.Build(now, wire::Ssrc{1}, wire::Ssrc{2}, memory)) {
    if (!model_.transport_feedback || Chance() < model_.feedback_loss) continue;
    Timestamp at = now + model_.way_back;
    at += Duration{static_cast<std::int64_t>(Chance() * static_cast<double>(model_.feedback_jitter.count()))};
    if (!feedback_.empty()) at = std::max(at, feedback_.back().at);
    feedback_.push_back({at, {memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(size)}});
  }
}

void SendRig::Flow::HearFeedback(Timestamp now) {
  while (!feedback_.empty() && feedback_.front().at <= now) {
    wire::RtcpCompoundReader reader{Bytes(feedback_.front().bytes)};
    while (const auto packet = reader.Next()) {
      const auto feedback = wire::TransportFeedback::Parse(packet->count, packet->body);
      if (feedback) estimator_.OnTransportFeedback(*feedback, now);
    }
    feedback_.pop_front();
  }
}

void SendRig::Flow::OnDelivery(const Bottleneck::Delivery& delivery, Timestamp now) {
  if (model_.detour > Duration::zero()) {
    detour_.emplace_back(now + model_.detour, delivery);
    return;
  }
  detour_.emplace_back(now, delivery);
}

void SendRig::Flow::Work(Bottleneck& link, Timestamp now) {
  while (!detour_.empty() && detour_.front().first <= now) {
    const Bottleneck::Delivery& delivery = detour_.front().second;
    generator_.OnPacket(static_cast<std::uint16_t>(delivery.tag), detour_.front().first);
    if ((delivery.tag & (1U << 16)) == 0) delivered_bytes_ += delivery.size;
    sample_.queue = std::max(sample_.queue, delivery.queued);
    trace.queued.push_back(delivery.queued);
    trace.queued_at.push_back(now - start_);
    detour_.pop_front();
  }
  MakeFeedback(now);
  HearFeedback(now);
  Allocate(now);
  if (next_frame_ <= now) MakeFrame(now);
  while (!paced_.empty() && paced_.front().first <= now) {
    const std::size_t size = paced_.front().second;
    paced_.pop_front();
    SendPacket(link, size, false, now);
  }
  if (estimator_.NextDeadline() <= now) {
    estimator_.OnTimeout(now);
    while (const auto chunk = estimator_.TakeProbe()) SendPadding(link, *chunk, now);
    Allocate(now);
  }
  if (next_sample_ <= now) TakeSample(link, now);
}

void SendRig::Flow::TakeSample(const Bottleneck& link, Timestamp now) {
  constexpr double kSeconds = ToSeconds(kSample);
  next_sample_ += kSample;
  sample_.at = now - start_;
  sample_.capacity = link.capacity(now);
  sample_.estimate = estimator_.bits_per_second();
  sample_.sent_bps = static_cast<std::uint32_t>(static_cast<double>(sent_bytes_) * 8 / kSeconds);
  sample_.media_bps = static_cast<std::uint32_t>(static_cast<double>(media_bytes_) * 8 / kSeconds);
  sample_.delivered_bps = static_cast<std::uint32_t>(static_cast<double>(delivered_bytes_) * 8 / kSeconds);
  sample_.layer = layer_;
  sample_.state = estimator_.state();
  trace.samples.push_back(sample_);
  sample_ = {};
  sent_bytes_ = media_bytes_ = delivered_bytes_ = 0;
}

Timestamp SendRig::Flow::NextDeadline() const {
  Timestamp next =
      std::min({next_frame_, next_sample_, generator_.NextDeadline(), estimator_.NextDeadline()});
  if (!paced_.empty()) next = std::min(next, paced_.front().first);
  if (!feedback_.empty()) next = std::min(next, feedback_.front().at);
  if (!detour_.empty()) next = std::min(next, detour_.front().first);
  return next;
}

SendRig::SendRig(LinkModel link, std::vector<FlowModel> flows, std::uint64_t seed)
    : link_(std::move(link), start_, seed) {
  for (FlowModel& flow : flows) {
    flows_.push_back(std::make_unique<Flow>(std::move(flow), flows_.size(), start_, seed));
  }
}

SendRig::~SendRig() = default;

void SendRig::Run(Duration duration) {
  const Timestamp end = now_ + duration;
  for (;;) {
    Timestamp next = link_.NextDeadline();
    for (const auto& flow : flows_) next = std::min(next, flow->NextDeadline());
    if (next > end) break;
    now_ = std::max(now_, next);
    link_.Advance(now_);
    for (const auto& delivery : link_.TakeDeliveries(now_)) {
      flows_[delivery.tag >> 32]->OnDelivery(delivery, now_);
    }
    for (const auto& drop : link_.TakeDrops()) flows_[drop.tag >> 32]->OnDrop();
    for (const auto& flow : flows_) flow->Work(link_, now_);
  }
  now_ = end;
}

const SendRig::Trace& SendRig::trace(std::size_t flow) const { return flows_[flow]->trace; }

}  // namespace kcs::congestion::testing
