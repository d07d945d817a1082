#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kcs::ortc {

// Header extensions by meaning; the numbers are those of proto/worker.proto, and also the ids our routers
// use.
enum class Extension : std::uint8_t {
  kUnknown = 0,
  kMid = 1,
  kRid = 2,
  kRepairedRid = 3,
  kAbsSendTime = 4,
  kTransportWideCc = 5,
  kAudioLevel = 6,
  kDependencyDescriptor = 7,
  kVideoOrientation = 8,
  kToffset = 9,
  kAbsCaptureTime = 10,
  kPlayoutDelay = 11,
  kFrameMarking = 12,
};

std::string_view Uri(Extension extension);    // empty for kUnknown
Extension ExtensionOf(std::string_view uri);  // kUnknown when we do not know it

}  // namespace kcs::ortc
