#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace kcs::wire {

// What the NAL units in one payload say (RFC 6184: single NAL unit, STAP-A, FU-A).
struct H264Payload {
  bool key_frame = false;       // an IDR slice begins here, or a sequence parameter set is here
  bool start_of_frame = false;  // parameter sets, delimiter, SEI or the first slice of a picture is here
  bool slice = false;           // a part of a slice is here
  bool reference = false;       // some NAL unit has nal_ref_idc > 0: other frames may need it

  // nullopt: truncated, inconsistent lengths, or a packet type we do not carry (STAP-B, MTAP, FU-B).
  static std::optional<H264Payload> Parse(Bytes payload);
};

}  // namespace kcs::wire
