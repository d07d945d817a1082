#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/socket_address.h"
#include "io/event_loop.h"

namespace kcs::io::testing {

inline SocketAddress Loopback(std::uint16_t port = 0) { return SocketAddress::V4(127, 0, 0, 1, port); }

// Handles events until `done` holds; false when it does not within five seconds.
inline bool Await(EventLoop& loop, const std::function<bool()>& done) {
  const Timestamp deadline = EventLoop::Now() + 5s;
  // The condition is looked at after every turn that a fine timer brings about, besides the events
  // themselves.
  bool held = done();
  while (!held && EventLoop::Now() < deadline) {
    loop.RunUntil(EventLoop::Now() + 1ms);
    held = done();
  }
  return held;
}

inline std::string Text(Bytes bytes) { return std::string(AsText(bytes)); }

}  // namespace kcs::io::testing
