#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "engine/congestion/testing/send_rig.h"

namespace kcs::congestion::testing {

// What a user of one flow would notice between two times.
struct Verdict {
  double media_bps = 0;      // that arrived
  Duration queue_p95{};      // of the packets' waiting
  double loss = 0;           // fraction
  std::size_t switches = 0;  // of layers
  std::uint32_t least_estimate = 0;
  std::uint32_t most_estimate = 0;
};
Verdict Judge(const SendRig::Trace& trace, Duration from, Duration until);

// How long after `from` the estimate reached `bps` for the first time.
std::optional<Duration> ReachedAfter(const SendRig::Trace& trace, Duration from, double bps);
// How long after `from` more media was sent than the link carries, or a packet waited longer than `queue`,
// for the last time within `span`.
Duration OvershotUntil(const SendRig::Trace& trace, Duration from, Duration span);
Duration QueuedUntil(const SendRig::Trace& trace, Duration from, Duration span, Duration queue);

// One line a sample, for plots: time, capacity, estimate, sent, delivered, layer, queue, loss, reason.
std::string ToCsv(const SendRig::Trace& trace);

}  // namespace kcs::congestion::testing
