#include "engine/congestion/transport_feedback_generator.h"

#include <algorithm>

#include "engine/wire/rtcp_transport_feedback.h"

namespace kcs::congestion {
namespace {

// The numbers are unwrapped from here on, so that none is negative.
constexpr std::int64_t kFirstCycle = 1 << 16;

}  // namespace

void TransportFeedbackGenerator::OnPacket(std::uint16_t sequence, Timestamp now) {
  if (arrivals_.empty()) {
    arrivals_.resize(kMaxPackets);
    Restart(kFirstCycle + sequence);
  }
  // The value nearest to the highest one with these low bits.
  std::int64_t number = highest_ + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(highest_));
  constexpr auto kSpan = static_cast<std::int64_t>(kMaxPackets);
  if (number - highest_ >= kSpan) {
    Restart(number);
  } else if (number > highest_) {
    for (std::int64_t n = highest_ + 1; n < number; ++n) At(n) = kMissing;
    At(number) = kMissing;
    highest_ = number;
    next_ = std::max(next_, highest_ - kSpan + 1);
  } else if (highest_ - number >= kSpan || number < 0) {
    return;  // too late to tell anybody
  }
  if (At(number) != kMissing) return;
  At(number) = now;
  next_ = std::min(next_, number);
  if (waiting_++ == 0) waiting_since_ = now;
  Schedule(now);
}

void TransportFeedbackGenerator::Restart(std::int64_t sequence) {
  std::fill(arrivals_.begin(), arrivals_.end(), kMissing);
  next_ = highest_ = sequence;
  waiting_ = 0;
}

void TransportFeedbackGenerator::Schedule(Timestamp now) {
  deadline_ = waiting_since_ + slower_ * (waiting_ >= kBusyPackets ? kBusyInterval : kInterval);
  if (waiting_ >= kFullPackets) deadline_ = now;
}

std::size_t TransportFeedbackGenerator::Build(Timestamp now, wire::Ssrc sender_ssrc, wire::Ssrc media_ssrc,
                                              MutableBytes out) {
  if (waiting_ == 0 || now < deadline_) return 0;
  const MutableBytes room = out.first(std::min(out.size(), kMaxSize));
  while (next_ <= highest_) {
    std::int64_t number = next_;
    while (number < highest_ && At(number) == kMissing) ++number;
    wire::TransportFeedbackBuilder builder(static_cast<std::uint16_t>(next_), At(number), room.size());
    std::uint32_t reported = 0;
    for (; number <= highest_; ++number) {
      if (At(number) == kMissing) continue;
      if (!builder.Add(static_cast<std::uint16_t>(number), At(number))) break;
      ++reported;
    }
    if (builder.empty()) {  // cannot be told, e.g. because `out` is tiny
      next_ = number + 1;
      continue;
    }
    next_ = number;
    waiting_ = next_ > highest_ ? 0 : std::max(1U, waiting_ - std::min(waiting_, reported));
    if (waiting_ == 0) deadline_ = kNever;
    ByteWriter writer(room);
    builder.Write(sender_ssrc, media_ssrc, feedback_count_++, writer);
    return writer.ok() ? writer.size() : 0;
  }
  waiting_ = 0;
  deadline_ = kNever;
  return 0;
}

}  // namespace kcs::congestion
