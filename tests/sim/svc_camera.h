#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "encoder.h"
#include "engine/wire/testing/svc_sender.h"

namespace kcs::sim {

// What each packet of layered video says about its layer frame, so that a receiver can tell what it can
// decode without a look at what the server has rewritten.
struct SvcMark {
  static constexpr std::size_t kMostReferences = 3;

  std::uint32_t frame = 0;
  std::uint8_t packet = 0;   // place in the frame
  std::uint8_t packets = 0;  // of the frame
  std::uint8_t spatial = 0;
  std::uint8_t temporal = 0;
  bool key = false;  // of a key picture
  std::uint8_t reference_count = 0;
  std::array<std::uint32_t, kMostReferences> references{};

  static std::optional<SvcMark> Read(Bytes payload);
};

// A camera of which all spatial and temporal layers come in one stream, each with the bit rate of its own.
class SvcCamera {
 public:
  // `layers`: bits per second of each spatial layer.
  SvcCamera(const std::string& mode, wire::testing::SvcFormat format, std::span<const std::uint32_t> layers,
            Duration frame_interval, double key_frame, std::uint64_t seed);

  // The packets of the next picture.
  std::vector<wire::testing::SvcPacket> NextPicture(bool key);

 private:
  wire::testing::SvcSender sender_;
  std::vector<Encoder> encoders_;  // by spatial layer
};

}  // namespace kcs::sim
