#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kcs::ortc {

// A mode of https://www.w3.org/TR/webrtc-svc/#scalabilitymodes.
struct ScalabilityMode {
  std::uint8_t spatial_layers = 1;
  std::uint8_t temporal_layers = 1;
  bool simulcast = false;   // "S": the spatial layers do not depend on each other
  bool key_frames = false;  // "_KEY": spatial layers depend on each other at key frames only
  bool key_shift = false;   // "_KEY_SHIFT"

  friend bool operator==(const ScalabilityMode&, const ScalabilityMode&) = default;
};

// "L1T1" ... "L3T3_KEY_SHIFT", "S3T3h"; nothing when `text` is no mode. An empty text is L1T1.
std::optional<ScalabilityMode> ParseScalabilityMode(std::string_view text);

}  // namespace kcs::ortc
