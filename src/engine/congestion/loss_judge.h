#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace kcs::congestion {

// Tells the loss of a path that is too narrow from the loss of a path that just loses packets. What a narrow
// path loses is what was sent beyond its capacity, so a window with more packets loses all the more; what a
// bad path loses is a constant fraction. So the losses of short windows are regressed on what was sent in
// them: the line's slope is near 1 for the one, and the loss ratio for the other. That needs a sender whose
// rate varies a little, as every video encoder's does.
class LossJudge {
 public:
  static constexpr Duration kWindow = 100ms;  // of sending

  // In the order of sending, more or less. `lost`: the receiver reported a gap.
  void OnPacket(Timestamp sent, std::size_t size, bool lost);
  // It was reported lost before, and came after all.
  void OnFound(Timestamp sent);

  double loss() const { return short_; }
  double random_loss() const { return random_; }
  // Packets are lost, and more of them the more are sent.
  bool Narrow() const { return narrow_windows_ >= kNarrowWindows; }
  // The path is known to be fine otherwise (no queue, nothing was cut): the present loss is the path's own.
  void LearnRandom();
  // Less is sent now because the path was narrow: what was learned meanwhile was wrong.
  void OnFall();
  // Less is sent from now on, whatever the reason: losses of what was sent before are accounted for.
  void OnCut(Timestamp now);

 private:
  static constexpr double kDecay = 0.97;  // of the sums, each window: about three seconds count

  // A few lost packets in the wrong place make such a line for a moment. It has to last, the longer the less
  // is lost.
  static constexpr unsigned kNarrowWindows = 12;
  static constexpr unsigned kHeavyStep = 4;

  void CloseWindow();
  bool LooksNarrow() const;

  Timestamp window_since_{};
  Timestamp counts_from_ = Timestamp::min();
  bool used_ = false;
  std::uint32_t packets_ = 0;
  std::uint32_t lost_packets_ = 0;
  double bytes_ = 0;
  double lost_bytes_ = 0;

  double short_ = 0;
  double random_ = 0;
  unsigned learned_ = 0;
  unsigned narrow_windows_ = 0;
  // Decayed sums over windows, of kilobytes sent (x) and lost (y).
  double n_ = 0;
  double x_ = 0;
  double y_ = 0;
  double xx_ = 0;
  double xy_ = 0;
  double yy_ = 0;
};

}  // namespace kcs::congestion
