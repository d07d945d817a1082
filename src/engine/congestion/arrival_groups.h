#pragma once

#include <cstdint>
#include <optional>

namespace kcs::congestion {

// How much further apart two groups of packets arrived than they were sent.
struct GroupDelta {
  std::int64_t sent_us = 0;     // between the last packets of the groups; >= 0
  std::int64_t arrived_us = 0;  // likewise, on the receiver's clock; >= 0
  std::int64_t arrival_us = 0;  // when the later group was complete
};

// Puts packets into groups (draft-ietf-rmcat-gcc-02, 5.2): those sent within kBurst of the first one belong
// together, and so do those which a link that had stalled let go at once. Comparing groups instead of packets
// keeps a frame's own burst and the breaks of a radio link out of the measured delay.
class ArrivalGroups {
 public:
  static constexpr std::int64_t kBurstUs = 5'000;
  static constexpr std::int64_t kMaxBurstUs = 100'000;  // what was let go at once, at most
  static constexpr std::int64_t kGapUs = 3'000'000;     // silence or a jump of a clock: begin anew

  // Received packets in the order of their numbers. A delta when the packet begins a third or later group:
  // between the two groups before it.
  std::optional<GroupDelta> Add(std::int64_t sent_us, std::int64_t arrival_us);
  void Reset();

 private:
  struct Group {
    bool used = false;
    std::int64_t first_sent_us = 0;
    std::int64_t last_sent_us = 0;
    std::int64_t first_arrival_us = 0;
    std::int64_t last_arrival_us = 0;
  };

  bool Belongs(std::int64_t sent_us, std::int64_t arrival_us) const;

  Group current_;
  Group previous_;
};

}  // namespace kcs::congestion
