#include "engine/congestion/arrival_groups.h"

#include <algorithm>
#include <cstdlib>

namespace kcs::congestion {

void ArrivalGroups::Reset() {
  current_ = {};
  previous_ = {};
}

bool ArrivalGroups::Belongs(std::int64_t sent_us, std::int64_t arrival_us) const {
  if (sent_us - current_.first_sent_us <= kBurstUs) return true;
  // "Packets that arrive within 5 ms and whose delay shrinks": what had piled up before an interface that was
  // waiting for the medium.
  const std::int64_t arrived_us = arrival_us - current_.last_arrival_us;
  const bool delay_shrinks = arrived_us < sent_us - current_.last_sent_us;
  return delay_shrinks && arrived_us <= kBurstUs && arrival_us - current_.first_arrival_us < kMaxBurstUs;
}

std::optional<GroupDelta> ArrivalGroups::Add(std::int64_t sent_us, std::int64_t arrival_us) {
  if (current_.used && (std::abs(arrival_us - current_.last_arrival_us) > kGapUs ||
                        std::abs(sent_us - current_.last_sent_us) > kGapUs)) {
    Reset();
  }
  if (current_.used && sent_us < current_.first_sent_us) return std::nullopt;  // reported late
  if (current_.used && Belongs(sent_us, arrival_us)) {
    current_.last_sent_us = std::max(current_.last_sent_us, sent_us);
    current_.last_arrival_us = std::max(current_.last_arrival_us, arrival_us);
    return std::nullopt;
  }
  std::optional<GroupDelta> delta;
  if (previous_.used) {
    delta = GroupDelta{.sent_us = current_.last_sent_us - previous_.last_sent_us,
                       .arrived_us = current_.last_arrival_us - previous_.last_arrival_us,
                       .arrival_us = current_.last_arrival_us};
    if (delta->arrived_us < 0 || delta->sent_us < 0) delta.reset();  // overtook each other
  }
  previous_ = current_;
  current_ = {.used = true,
              .first_sent_us = sent_us,
              .last_sent_us = sent_us,
              .first_arrival_us = arrival_us,
              .last_arrival_us = arrival_us};
  return delta;
}

}  // namespace kcs::congestion
