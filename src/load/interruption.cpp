#include "load/interruption.h"

#include <boost/asio/io_context.hpp>
#include <csignal>

#include "load/fleet.h"

namespace kcs::load {

Interruption::Interruption(io::EventLoop& loop) : loop_(loop) {
  const auto handler = [this](int) {
    requested_ = true;
    if (fleet_ != nullptr) fleet_->Interrupt();
  };
  loop.OnSignals({SIGINT, SIGTERM}, handler);
  // Under nohup the end of the terminal is none of the test.
  struct sigaction hangup {};
  if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
    loop.OnSignals({SIGHUP}, handler);
}

bool Interruption::Requested() {
  loop_.context().poll();
  return requested_;
}

}  // namespace kcs::load
