#pragma once

#include <cstddef>
#include <cstdint>

#include "base/entropy.h"
#include "base/time.h"

namespace kcs::sim {

// How large the frames of one encoding are: around its bit rate, from which it wanders by a tenth, each frame
// differing by a fifth, key frames usually four times as large, which the next ones make up for.
class Encoder {
 public:
  static constexpr double kKeyFrame = 4;
  static constexpr std::uint8_t kMaxTemporalLayers = 3;

  // `key_frame`: the size of key frames in mean frames.
  Encoder(std::uint32_t bitrate, Duration frame_interval, std::uint8_t temporal_layers, double key_frame,
          std::uint64_t seed);

  struct Frame {
    std::size_t bytes = 0;
    std::uint8_t temporal_layer = 0;
    bool layer_sync = false;  // needs none but the lowest temporal layer
  };
  Frame Next(bool key);

 private:
  double Chance() { return entropy_.NextU32() / 4294967296.0; }

  double mean_;  // bytes a frame
  std::uint8_t temporal_layers_;
  double key_frame_;
  SeededEntropy entropy_;
  double wander_ = 1;
  double debt_ = 0;
  std::uint32_t since_key_ = 0;  // frames
};

}  // namespace kcs::sim
