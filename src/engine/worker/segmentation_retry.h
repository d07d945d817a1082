#pragma once

#include <cstdint>

#include "base/time.h"

namespace kcs::worker_process {

// When a socket whose device or route could not cut messages up (EIO, see io::UdpSocket::segmentation()) is
// to try again, and what of that is news to whoever reads the log. A route may change; one that does not is
// asked less and less often, since each try costs a run that is sent twice.
class SegmentationRetry {
 public:
  static constexpr Duration kFirstPause = 60s;
  static constexpr Duration kLongestPause = 3600s;

  enum class News : std::uint8_t {
    kNone,
    kRefused,  // from now on datagrams leave one by one
    kBack,     // a try has held for as long as the pause before it
  };
  struct Verdict {
    bool retry = false;  // now
    News news = News::kNone;
  };
  // After each time that something was sent. `refused`: the socket sends one by one, because it was refused;
  // `runs`: messages of several datagrams that have left so far.
  Verdict OnSent(bool refused, std::uint64_t runs, Timestamp now);
  // Nothing has been refused, or it is over.
  bool idle() const { return state_ == State::kIdle; }

 private:
  enum class State : std::uint8_t { kIdle, kPausing, kTrying };

  State state_ = State::kIdle;
  Duration pause_ = kFirstPause;  // the next one, or that under way
  Timestamp until_{};             // of the pause, or of the try
  std::uint64_t runs_before_ = 0;
};

}  // namespace kcs::worker_process
