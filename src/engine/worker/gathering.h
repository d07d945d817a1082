#pragma once

#include "base/time.h"

namespace kcs::worker_process {

// How long a worker waits at most for the rest of a picture before it deals with what has come of it. What
// comes together leaves in longer runs, and a run costs a receiver little more than one datagram; but the
// first packet of a picture wakes the worker up before the others are there.
//
// A worker that has little to do waits for nothing, and one that has something for as long as a browser takes
// to send a picture. The more it does, the longer it waits, so that its turns get as long as kTurn: what
// waiting adds to the delay of a packet is less than that, and less than what it saves in work behind which
// others wait. A worker that is full need not wait: while it works, enough comes.
class Gathering {
 public:
  static constexpr Duration kTurn = 1ms;
  static constexpr Duration kPicture = 200us;  // Chromium sends one within half of that
  // Shares of the time in which it works: up to the first nothing is waited for, and from the second on all
  // that is left of the turn.
  static constexpr double kIdle = 0.01;
  static constexpr double kBusy = 0.3;
  static constexpr Duration kStep = 100us;  // it looks so often
  static constexpr Duration kMemory = 100ms;

  // The worker has worked from `begin` to `end`.
  void OnWork(Timestamp begin, Timestamp end);
  // How long to wait now, up to kTurn; less than kStep is nothing.
  Duration Pause(Timestamp now) const;

 private:
  double BusyAt(Timestamp now) const;

  double busy_ = 0;  // share of the time, as of
  Timestamp at_ = Timestamp::min();
};

}  // namespace kcs::worker_process
