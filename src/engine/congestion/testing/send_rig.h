#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "engine/congestion/send_side_estimator.h"
#include "engine/congestion/testing/bottleneck.h"
#include "engine/congestion/transport_feedback_generator.h"

namespace kcs::congestion::testing {

// A sender of layered video that obeys an estimator, as data. Times count from the start of the simulation.
struct FlowModel {
  struct Span {
    Duration from{};
    Duration until{};
  };
  std::vector<std::uint32_t> layers{150'000, 500'000, 1'500'000, 2'500'000};  // cumulative bits per second
  Duration join{};
  std::vector<Span> pauses{};  // nothing is wanted
  Duration way_back = 15ms;    // of the feedback; besides the link's delay it makes the round trip
  Duration detour{};           // on the way there, behind the link
  double feedback_loss = 0;
  Duration feedback_jitter{};
  bool can_pad = true;
  bool transport_feedback = true;
};

// Several such flows behind one bottleneck, each with its receiver, in virtual time. Encoders vary by a fifth
// from frame to frame and wander by a tenth; a layer is switched at a key frame, a tenth of a second after it
// was decided, which is four times as large as other frames; the camera's own pacer spreads frames.
class SendRig {
 public:
  struct Sample {  // each 100 ms
    Duration at{};
    std::uint64_t capacity = 0;
    std::uint32_t estimate = 0;
    std::uint32_t sent_bps = 0;
    std::uint32_t media_bps = 0;      // of that, without padding
    std::uint32_t delivered_bps = 0;  // media only
    int layer = -1;                   // what is sent; -1: nothing
    Duration queue{};                 // longest wait of a packet that arrived
    std::uint32_t lost = 0;           // packets
    std::uint32_t sent = 0;
    SendSideEstimator::State state;
  };
  struct Trace {
    std::vector<Sample> samples;
    std::vector<Duration> queued;     // of every packet that arrived
    std::vector<Duration> queued_at;  // when
    std::vector<Duration> switches;   // times of decided layer changes
  };

  SendRig(LinkModel link, std::vector<FlowModel> flows, std::uint64_t seed = 1);
  ~SendRig();

  void Run(Duration duration);
  const Trace& trace(std::size_t flow) const;
  const Bottleneck& link() const { return link_; }

 private:
  class Flow;

  Timestamp start_{10s};
  Timestamp now_{10s};
  Bottleneck link_;
  std::vector<std::unique_ptr<Flow>> flows_;
};

}  // namespace kcs::congestion::testing
