#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kcs::sfu {

// What padding one stream may cost its receivers: a fortieth of its bytes, saved up for a while. So the
// overhead of every stream, and of all a receiver gets, stays below 2.5 %.
class PaddingBudget {
 public:
  static constexpr std::int32_t kBytesPerPadding = 40;
  static constexpr std::int32_t kMostSaved = 512;  // bytes of padding

  void Earn(std::size_t packet_size) {
    saved_ += static_cast<std::int32_t>(packet_size);
    if (saved_ > kMostSaved * kBytesPerPadding) saved_ = kMostSaved * kBytesPerPadding;
  }
  bool Spend(std::size_t padding) {
    const auto cost = static_cast<std::int32_t>(padding) * kBytesPerPadding;
    if (cost > saved_) return false;
    saved_ -= cost;
    return true;
  }
  void GiveBack(std::size_t padding) { saved_ += static_cast<std::int32_t>(padding) * kBytesPerPadding; }

 private:
  std::int32_t saved_ = 0;  // of bytes sent
};

// A packet that receivers get right after the one before it in a sequence of these.
struct RunMember {
  std::uint16_t size = 0;           // bytes that leave, without padding
  std::uint8_t padding = 0;         // to be added, of PlanRuns
  PaddingBudget* budget = nullptr;  // nullptr: this packet must stay as it is
};

// The most that one packet is padded by: what the kernel's path costs is worth some bytes, but not many.
inline constexpr std::size_t kMostRunPadding = 40;
// No kernel takes longer runs.
inline constexpr std::size_t kLongestRun = 64;

// Makes runs of equal size, which can leave as one message each (io::UdpSocket). A sender splits a picture
// into packets that differ by a byte or two, and each difference would end a run. Goes through the members
// once and pads where that joins two to a run, within the bounds above; the last of a run may be shorter as
// it is.
void PlanRuns(std::span<RunMember> members);

}  // namespace kcs::sfu
