#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/congestion/send_side_estimator.h"
#include "scenario.h"

namespace kcs::sim {

// What happened to one receiver in a tenth of a second.
struct Sample {
  static constexpr Duration kInterval = 100ms;

  struct Picture {
    int layer = -1;         // of the frame shown last; -1: none of late
    int temporal = 0;       // the highest of late
    std::uint32_t bps = 0;  // of what arrived of it, nothing twice
    Duration gap{};         // the longest between two frames, also one that still lasts
  };
  Duration at{};
  std::uint64_t capacity = 0;  // 0: no bottleneck
  std::uint32_t estimate = 0;  // 0: unknown
  std::uint32_t allocated = 0;
  std::uint32_t sent_bps = 0;
  std::uint32_t arrived_bps = 0;
  Duration queue{};        // longest wait of a packet that arrived
  std::uint32_t sent = 0;  // packets
  std::uint32_t overflowed = 0;
  std::uint32_t lost = 0;  // at random
  congestion::SendSideEstimator::State estimator{};
  std::vector<Picture> pictures{};  // by sender
  Duration audio_gap{};             // the worst of all that it hears
  std::uint32_t audio_lost = 0;     // packets, of all, when they were lost
};

struct Trace {
  std::vector<Sample> samples;
  std::vector<std::pair<Duration, Duration>>
      queued;                     // of each packet that arrived: when, and how long it waited
  std::uint64_t undecodable = 0;  // complete pictures of layered video that lacked what they refer to
};

struct Outcome {
  std::vector<Trace> receivers;
  // When the server asked a sender for a key frame, by sender; to a millisecond.
  std::vector<std::vector<Duration>> key_frame_requests;
  // When a sender changed what it encodes, and to which highest encoding; by sender. Of senders that obey.
  std::vector<std::vector<std::pair<Duration, int>>> layers_sent;
};

// Plays it. With KCS_TRACE_DIR in the environment a CSV file is left there for each receiver; KCS_SIM_SEED
// there is another seed, to tell what is luck.
Outcome Play(Scenario scenario);

std::string ToCsv(const Trace& trace);

}  // namespace kcs::sim
