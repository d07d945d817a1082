#pragma once

#include "io/event_loop.h"

namespace kcs::load {

class Fleet;

// Signals that ask for the end: as long as this lives they do not end the process.
class Interruption {
 public:
  explicit Interruption(io::EventLoop& loop);
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // Since the beginning; between blocking requests.
  bool Requested();
  // From now on this fleet is told. It lives as long as the loop runs.
  void Ends(Fleet& fleet) { fleet_ = &fleet; }

 private:
  io::EventLoop& loop_;
  bool requested_ = false;
  Fleet* fleet_ = nullptr;
};

}  // namespace kcs::load
