#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/media/decode_targets.h"

namespace kcs::sfu {

// What one receiver was told about its active decode targets ("RTP Payload Format For AV1", A.4), frame by
// frame, so that a frame that is sent again says what it said: a receiver sorts frames by their numbers, and
// takes the bitmask for valid from that frame on. Nothing is kept (and nothing told) until fewer are active
// than the sender sends.
class ToldTargets {
 public:
  using Targets = media::ActiveTargets;

  // The first packet of a frame leaves under this number (extended) while these are active. Returns what its
  // descriptor has to say; nullopt: what the sender says stays. `has_structure`: it has a template structure,
  // which says by itself that all are active.
  std::optional<Targets> OnFrame(std::uint64_t sequence, const Targets& active, bool has_structure);
  // The same for a packet that is sent again.
  std::optional<Targets> OnRepeat(std::uint64_t sequence);

 private:
  // For longer than a packet may be asked for again, targets do not change more often.
  static constexpr std::size_t kKept = 4;

  struct Epoch {
    std::uint64_t since = 0;  // the number of its first frame
    Targets targets;
    bool told = false;  // that all are active again
  };
  struct State {
    std::array<Epoch, kKept> epochs;  // newest first
    std::size_t count = 0;
    bool say_again = false;
  };
  const Epoch* Of(std::uint64_t sequence) const;

  std::unique_ptr<State> state_;
};

}  // namespace kcs::sfu
