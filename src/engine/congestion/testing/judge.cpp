#include "engine/congestion/testing/judge.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace kcs::congestion::testing {

Verdict Judge(const SendRig::Trace& trace, Duration from, Duration until) {
  Verdict verdict;
  std::vector<Duration> waits;
  for (std::size_t i = 0; i < trace.queued.size(); ++i) {
    if (trace.queued_at[i] >= from && trace.queued_at[i] < until) waits.push_back(trace.queued[i]);
  }
  if (!waits.empty()) {
    const auto p95 = waits.begin() + static_cast<std::ptrdiff_t>(waits.size() * 95 / 100);
    std::nth_element(waits.begin(), p95, waits.end());
    verdict.queue_p95 = *p95;
  }
  std::size_t samples = 0;
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  for (const SendRig::Sample& sample : trace.samples) {
    if (sample.at < from || sample.at >= until) continue;
    verdict.media_bps += sample.delivered_bps;
    sent += sample.sent;
    lost += sample.lost;
    verdict.least_estimate =
        samples == 0 ? sample.estimate : std::min(verdict.least_estimate, sample.estimate);
    verdict.most_estimate = std::max(verdict.most_estimate, sample.estimate);
    ++samples;
  }
  if (samples > 0) verdict.media_bps /= static_cast<double>(samples);
  if (sent > 0) verdict.loss = static_cast<double>(lost) / static_cast<double>(sent);
  verdict.switches = static_cast<std::size_t>(std::count_if(
      trace.switches.begin(), trace.switches.end(), [&](Duration at) { return at >= from && at < until; }));
  return verdict;
}

std::optional<Duration> ReachedAfter(const SendRig::Trace& trace, Duration from, double bps) {
  for (const SendRig::Sample& sample : trace.samples) {
    if (sample.at > from && sample.estimate >= bps) return sample.at - from;
  }
  return std::nullopt;
}

Duration OvershotUntil(const SendRig::Trace& trace, Duration from, Duration span) {
  Duration last{};
  // Single frames exceed a link's rate for a moment: three samples in a row count.
  for (std::size_t i = 2; i < trace.samples.size(); ++i) {
    const SendRig::Sample& sample = trace.samples[i];
    if (sample.at <= from + 200ms || sample.at > from + span) continue;
    const double sent = static_cast<double>(sample.media_bps) + trace.samples[i - 1].media_bps +
                        trace.samples[i - 2].media_bps;
    if (sent > 3.3 * static_cast<double>(sample.capacity)) last = sample.at - from;
  }
  return last;
}

Duration QueuedUntil(const SendRig::Trace& trace, Duration from, Duration span, Duration queue) {
  Duration last{};
  for (std::size_t i = 0; i < trace.queued.size(); ++i) {
    const Duration at = trace.queued_at[i];
    if (at > from && at <= from + span && trace.queued[i] > queue) last = at - from;
  }
  return last;
}

std::string ToCsv(const SendRig::Trace& trace) {
  std::ostringstream out;
  out << "seconds,capacity_bps,estimate_bps,sent_bps,delivered_bps,layer,queue_ms,lost,reason,probing\n";
  for (const SendRig::Sample& sample : trace.samples) {
    out << ToSeconds(sample.at) << ',' << sample.capacity << ',' << sample.estimate << ',' << sample.sent_bps
        << ',' << sample.delivered_bps << ',' << sample.layer << ',' << ToMillis(sample.queue) << ','
        << sample.lost << ',' << static_cast<int>(sample.state.reason) << ',' << sample.state.probing << '\n';
  }
  return out.str();
}

}  // namespace kcs::congestion::testing
