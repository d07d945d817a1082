#pragma once

#include <cstdint>

namespace kcs::media {

// A quality of one producer: the simulcast stream, or the spatial layer inside the only stream, and the
// temporal layer.
struct Layers {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  friend bool operator==(const Layers&, const Layers&) = default;
};

// The most that a consumer shall get.
struct LayerTarget {
  std::uint8_t spatial = 255;
  std::uint8_t temporal = 255;
  bool nothing = false;

  static constexpr LayerTarget Nothing() { return {.spatial = 0, .temporal = 0, .nothing = true}; }
  friend bool operator==(const LayerTarget&, const LayerTarget&) = default;
};

// What of one stream passes, from some packet on.
struct LayerCut {
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  std::uint8_t decode_target = 0;
  friend bool operator==(const LayerCut&, const LayerCut&) = default;
};

}  // namespace kcs::media
