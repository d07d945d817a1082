#include "encoder.h"

#include <algorithm>
#include <array>

namespace kcs::sim {
namespace {

constexpr double kPaidBack = 0.15;  // of a frame, until a key frame is made up for

struct Position {
  std::uint8_t layer = 0;
  bool sync = false;
  double size = 1;  // times the mean
};

// One period of each structure. Of two layers the lower one gets 60 % of the bits; of three 40 %, 20 % and 40
// %, which is how browsers share a VP8 stream.
constexpr std::array<Position, 4> kOne = {{{}, {}, {}, {}}};
constexpr std::array<Position, 4> kTwo = {{{0, false, 1.2}, {1, true, 0.8}, {0, false, 1.2}, {1, true, 0.8}}};
constexpr std::array<Position, 4> kThree = {
    {{0, false, 1.6}, {2, true, 0.8}, {1, true, 0.8}, {2, false, 0.8}}};

}  // namespace

Encoder::Encoder(std::uint32_t bitrate, Duration frame_interval, std::uint8_t temporal_layers,
                 double key_frame, std::uint64_t seed)
    : mean_(bitrate / 8.0 * ToSeconds(frame_interval)),
      temporal_layers_(temporal_layers),
      key_frame_(key_frame),
      entropy_(seed) {}

Encoder::Frame Encoder::Next(bool key) {
  if (key) since_key_ = 0;
  const auto& pattern = temporal_layers_ == 1 ? kOne : temporal_layers_ == 2 ? kTwo : kThree;
  const Position& position = pattern[since_key_++ % pattern.size()];
  wander_ = std::clamp(wander_ + (Chance() - 0.5) * 0.03, 0.9, 1.1);
  double bytes = mean_ * wander_ * position.size * (0.8 + 0.4 * Chance());
  if (key) {
    bytes = mean_ * key_frame_;
    debt_ += bytes - mean_;
  } else {
    const double back = std::min(debt_, kPaidBack * bytes);
    debt_ -= back;
    bytes -= back;
  }
  return {.bytes = static_cast<std::size_t>(bytes) + 1,
          .temporal_layer = position.layer,
          .layer_sync = position.sync};
}

}  // namespace kcs::sim
