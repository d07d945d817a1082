#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trace.h"

// What a user would notice of a trace, in numbers. Stretches of time are [from, until).
namespace kcs::sim {

struct Window {
  Duration from{};
  Duration until = 24h;
  bool has(Duration at) const { return at >= from && at < until; }
};

// The highest encoding that fits into `bps` together with sound, headers and some air; -1: none does.
int BestLayer(std::span<const std::uint32_t> layers, std::uint64_t bps);

// The bits that arrived of a picture, as a share of those that the best layers under `capacity` would have
// had.
double UseOf(const Trace& trace, std::size_t picture, std::span<const std::uint32_t> layers,
             const Steps& capacity, Window window);
// Of the packets that arrived, 95 % waited no longer in the bottleneck.
Duration QueueP95(const Trace& trace, Window window);
// Of packets that were sent, the share that met a full queue.
double OverflowOf(const Trace& trace, Window window);
double MeanLayer(const Trace& trace, std::size_t picture, Window window);
int LowestLayer(const Trace& trace, std::size_t picture, Window window);
int HighestLayer(const Trace& trace, std::size_t picture, Window window);
int HighestTemporal(const Trace& trace, std::size_t picture, Window window);
// How often the layer shown changed.
int Switches(const Trace& trace, std::size_t picture, Window window);
// ... within any minute.
int MostSwitchesInAMinute(const Trace& trace, std::size_t picture, Window window);
// From when on (within the window) the layer is shown and stays until the window ends.
std::optional<Duration> StaysFrom(const Trace& trace, std::size_t picture, int layer, Window window);
// When the layer is shown first.
std::optional<Duration> FirstAt(const Trace& trace, std::size_t picture, int layer, Window window);
// The longest time in one piece in which more was sent than the link could carry. As seen by a second's mean.
Duration LongestOverload(const Trace& trace, Window window);
Duration LongestGap(const Trace& trace, std::size_t picture, Window window);
Duration LongestAudioGap(const Trace& trace, Window window);
std::uint32_t AudioLost(const Trace& trace, Window window);
// The most requests within any second.
std::size_t MostWithinASecond(std::span<const Duration> times, Window window);
// A line for people.
std::string Summary(const Trace& trace);

}  // namespace kcs::sim
