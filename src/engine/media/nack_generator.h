#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace kcs::media {

// Which packets of one incoming stream to ask for again. A missing packet is asked for when two newer packets
// have come or some milliseconds have passed (it may only be out of order), and then once every round trip.
// O(1) per packet in order, O(log n) for one that fills a gap; the list is bounded and its memory is taken at
// the first loss.
class NackGenerator {
 public:
  static constexpr std::size_t kMaxMissing = 1000;
  static constexpr int kMaxTries = 10;
  static constexpr Duration kReorderWait = 8ms;
  static constexpr std::uint64_t kReorderPackets = 2;
  static constexpr Duration kDefaultRtt = 100ms;
  static constexpr Duration kShortestRtt = 20ms;
  static constexpr Duration kLongestRtt = 1s;
  static constexpr Duration kSlack = 10ms;

  struct Options {
    // A packet missed for longer is of no use to anybody any more.
    Duration max_age = 2s;
    // Whether giving a packet up leaves the picture broken until a key frame (not so with sound).
    bool needs_key_frames = true;
  };
  NackGenerator() : NackGenerator(Options{}) {}
  explicit NackGenerator(Options options) : options_(options) {}

  // Every usable packet (IsUsable(arrival)) of the stream, the recovered ones too. `key_frame`: it begins a
  // key frame, so that nothing before it is missed any more.
  void OnPacket(std::uint64_t sequence, bool key_frame, Timestamp now);

  // The numbers to ask for now, in ascending order; at most out.size() (the rest is due at once again).
  std::size_t Due(Timestamp now, Duration rtt, std::span<std::uint16_t> out);
  // When Due() will have something, or something to give up; kNever when nothing is missing.
  Timestamp NextDeadline() const { return deadline_; }

  // True once after the list overflowed or a packet was given up: only a key frame heals that.
  bool TakeKeyFrameWanted();

  // The stream restarted, or is paused: forget everything.
  void Reset();

  std::size_t missing() const { return missing_; }
  std::uint64_t requested() const { return requested_; }  // numbers asked for, with repetitions
  std::uint64_t recovered() const { return recovered_; }  // of those that had been asked for
  std::uint64_t given_up() const { return given_up_; }

 private:
  struct Missing {
    std::uint64_t sequence;
    Timestamp since;
    Timestamp due;
    std::uint8_t tries;
    bool found;
  };

  void AddGap(std::uint64_t begin, std::uint64_t end, Timestamp now);
  void Find(std::uint64_t sequence);
  void Remove(Missing& entry);
  void ForgetBefore(std::uint64_t sequence);
  void Compact();

  Options options_;
  bool started_ = false;
  bool key_frame_wanted_ = false;
  std::uint64_t highest_ = 0;
  std::uint64_t fresh_ = 0;    // no number below it is untried; 0: none is
  std::vector<Missing> list_;  // ascending; entries before begin_ or with `found` are history
  std::size_t begin_ = 0;
  std::size_t missing_ = 0;
  Timestamp deadline_ = kNever;
  std::uint64_t requested_ = 0;
  std::uint64_t recovered_ = 0;
  std::uint64_t given_up_ = 0;
};

}  // namespace kcs::media
