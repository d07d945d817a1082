#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/congestion/testing/bottleneck.h"
#include "participant.h"

// A meeting over links that change, as data. Times count from when the first receiver may join; its senders
// have been sending for some seconds then.
namespace kcs::sim {

using congestion::testing::CrossTraffic;
using congestion::testing::LinkModel;
using Steps = std::vector<LinkModel::Step>;

struct SenderModel {
  std::vector<std::uint32_t> video{150'000, 500'000, 1'500'000};  // bits per second of each encoding
  std::string svc{};  // one stream in this scalability mode, whose spatial layers have these bit rates
  wire::CodecType codec = wire::CodecType::kVp8;
  std::uint8_t temporal_layers = 1;
  std::uint32_t pacing = 0;                    // as in SourceOptions
  double key_frame = Encoder::kKeyFrame;       // times the mean
  std::optional<Duration> key_frames_every{};  // besides those that are asked for
  bool screen = false;
  bool audio = true;
  bool obeys_layers_wanted = false;
};

struct ReceiverModel {
  struct Span {
    Duration from{};
    Duration until{};
  };
  LinkModel link{};               // its own, unless it is behind a shared one
  std::optional<int> shared{};    // place in Scenario::shared
  std::optional<LinkModel> up{};  // what it reports goes through this
  Duration rtt = 30ms;            // besides the links' own delays
  Participant::Reports reports = Participant::Reports::kTransportWide;
  Duration join{};
  std::vector<Span> pauses{};              // it shows no pictures
  std::vector<std::uint8_t> priorities{};  // of the pictures, by sender; none: all alike
};

struct Scenario {
  std::string name;
  Duration duration = 30s;
  std::vector<SenderModel> senders{SenderModel{}};
  std::vector<LinkModel> shared{};
  std::vector<ReceiverModel> receivers{ReceiverModel{}};
  std::uint64_t seed = 1;
};

// A link of this capacity, whose delay is left to the receiver's round trip.
LinkModel LinkOf(Steps capacity, Duration queue = 300ms);
LinkModel LinkOf(std::uint64_t bps, Duration queue = 300ms);

}  // namespace kcs::sim
