#include "judge.h"

#include <algorithm>
#include <sstream>

namespace kcs::sim {
namespace {

constexpr double kHeaders = 1.06;  // RTP, extensions, SRTP
constexpr double kAir = 1.1;
constexpr double kSound = 50'000;

std::uint64_t At(const Steps& steps, Duration at) {
  std::uint64_t bps = 0;
  for (const auto& step : steps) {
    if (step.at <= at) bps = step.bps;
  }
  return bps;
}

template <typename Of>
auto Most(const Trace& trace, Window window, Of of) {
  decltype(of(trace.samples.front())) most{};
  for (const Sample& sample : trace.samples) {
    if (window.has(sample.at)) most = std::max(most, of(sample));
  }
  return most;
}

}  // namespace

int BestLayer(std::span<const std::uint32_t> layers, std::uint64_t bps) {
  int best = -1;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i] * kHeaders * kAir + kSound <= static_cast<double>(bps)) best = static_cast<int>(i);
  }
  return best;
}

double UseOf(const Trace& trace, std::size_t picture, std::span<const std::uint32_t> layers,
             const Steps& capacity, Window window) {
  double got = 0;
  double possible = 0;
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    const int best = BestLayer(layers, At(capacity, sample.at - Sample::kInterval));
    if (best >= 0) possible += layers[static_cast<std::size_t>(best)];
    got += sample.pictures[picture].bps;
  }
  return possible > 0 ? got / possible : 1;
}

Duration QueueP95(const Trace& trace, Window window) {
  std::vector<Duration> waits;
  for (const auto& [at, waited] : trace.queued) {
    if (window.has(at)) waits.push_back(waited);
  }
  if (waits.empty()) return {};
  const auto p95 = waits.begin() + static_cast<std::ptrdiff_t>(waits.size() * 95 / 100);
  std::nth_element(waits.begin(), p95, waits.end());
  return *p95;
}

double OverflowOf(const Trace& trace, Window window) {
  double lost = 0;
  double sent = 0;
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    lost += sample.overflowed;
    sent += sample.sent;
  }
  return sent > 0 ? lost / sent : 0;
}

double MeanLayer(const Trace& trace, std::size_t picture, Window window) {
  double sum = 0;
  double count = 0;
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    sum += sample.pictures[picture].layer;
    ++count;
  }
  return count > 0 ? sum / count : -1;
}

int LowestLayer(const Trace& trace, std::size_t picture, Window window) {
  int lowest = 255;
  for (const Sample& sample : trace.samples) {
    if (window.has(sample.at)) lowest = std::min(lowest, sample.pictures[picture].layer);
  }
  return lowest;
}

int HighestLayer(const Trace& trace, std::size_t picture, Window window) {
  int highest = -1;
  for (const Sample& sample : trace.samples) {
    if (window.has(sample.at)) highest = std::max(highest, sample.pictures[picture].layer);
  }
  return highest;
}

int HighestTemporal(const Trace& trace, std::size_t picture, Window window) {
  return Most(trace, window, [&](const Sample& s) { return s.pictures[picture].temporal; });
}

int Switches(const Trace& trace, std::size_t picture, Window window) {
  int switches = 0;
  std::optional<int> before;
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    const int layer = sample.pictures[picture].layer;
    if (before && *before != layer) ++switches;
    before = layer;
  }
  return switches;
}

int MostSwitchesInAMinute(const Trace& trace, std::size_t picture, Window window) {
  std::vector<Duration> switches;
  std::optional<int> before;
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    const int layer = sample.pictures[picture].layer;
    if (before && *before != layer) switches.push_back(sample.at);
    before = layer;
  }
  std::size_t most = 0;
  for (std::size_t first = 0, i = 0; i < switches.size(); ++i) {
    while (switches[i] - switches[first] >= 60s) ++first;
    most = std::max(most, i - first + 1);
  }
  return static_cast<int>(most);
}

std::optional<Duration> StaysFrom(const Trace& trace, std::size_t picture, int layer, Window window) {
  std::optional<Duration> from;
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    if (sample.pictures[picture].layer != layer) {
      from.reset();
    } else if (!from) {
      from = sample.at;
    }
  }
  return from;
}

std::optional<Duration> FirstAt(const Trace& trace, std::size_t picture, int layer, Window window) {
  for (const Sample& sample : trace.samples) {
    if (window.has(sample.at) && sample.pictures[picture].layer == layer) return sample.at;
  }
  return std::nullopt;
}

Duration LongestOverload(const Trace& trace, Window window) {
  Duration longest{};
  Duration lasting{};
  for (const Sample& sample : trace.samples) {
    if (!window.has(sample.at)) continue;
    const bool over = sample.sent_bps > sample.capacity && sample.queue > 50ms;
    lasting = over ? lasting + Sample::kInterval : Duration{};
    longest = std::max(longest, lasting);
  }
  return longest;
}

Duration LongestGap(const Trace& trace, std::size_t picture, Window window) {
  return Most(trace, window, [&](const Sample& s) { return s.pictures[picture].gap; });
}

Duration LongestAudioGap(const Trace& trace, Window window) {
  return Most(trace, window, [](const Sample& s) { return s.audio_gap; });
}

std::uint32_t AudioLost(const Trace& trace, Window window) {
  std::uint32_t lost = 0;
  for (const Sample& sample : trace.samples) {
    if (window.has(sample.at)) lost += sample.audio_lost;
  }
  return lost;
}

std::size_t MostWithinASecond(std::span<const Duration> times, Window window) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!window.has(times[i])) continue;
    std::size_t end = i;
    while (end < times.size() && times[end] < times[i] + 1s) ++end;
    most = std::max(most, end - i);
  }
  return most;
}

std::string Summary(const Trace& trace) {
  std::ostringstream out;
  const std::size_t pictures = trace.samples.empty() ? 0 : trace.samples.back().pictures.size();
  for (std::size_t i = 0; i < pictures; ++i) {
    out << "layer " << MeanLayer(trace, i, {3s}) << ", switches " << Switches(trace, i, {3s}) << ", gap "
        << ToMillis(LongestGap(trace, i, {3s})) << " ms; ";
  }
  out << "queue p95 " << ToMillis(QueueP95(trace, {})) << " ms, overflow " << 100 * OverflowOf(trace, {2s})
      << " %, audio gap " << ToMillis(LongestAudioGap(trace, {})) << " ms, audio lost "
      << AudioLost(trace, {});
  return out.str();
}

}  // namespace kcs::sim
