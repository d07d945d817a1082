#include "engine/media/retransmission_gate.h"

#include <algorithm>

namespace kcs::media {

RetransmissionGate::Verdict RetransmissionGate::Ask(std::uint16_t sequence, Duration rtt, Timestamp now) {
  if (!table_) {
    table_ = std::make_unique<std::array<Entry, kEntries>>();
    tokens_ = static_cast<float>(rate_);
    filled_ = now;
  }
  const auto now_ms = static_cast<std::uint32_t>(ToMicros(now) / 1000);
  const auto rtt_ms =
      static_cast<std::uint32_t>(ToMillis(std::clamp(rtt, Duration{kShortestRtt}, Duration{1s})));
  Entry& entry = (*table_)[sequence % kEntries];
  if (entry.used && entry.sequence == sequence && now_ms - entry.sent_ms < rtt_ms) return Verdict::kTooSoon;

  const auto budget = static_cast<float>(rate_);
  tokens_ = std::min(budget, tokens_ + static_cast<float>(ToSeconds(now - filled_)) * budget);
  filled_ = now;
  if (tokens_ < 1) return Verdict::kOverBudget;
  tokens_ -= 1;
  entry = {.sent_ms = now_ms, .sequence = sequence, .used = true};
  return Verdict::kSend;
}

}  // namespace kcs::media
