#pragma once

#include <cstdint>
#include <deque>

#include "base/entropy.h"
#include "base/time.h"
#include "load/payload.h"

namespace kcs::load {

// A VP8 encoder and its pacer, as far as they show on the wire: a picture every 33 ms of about the size that
// the bit rate has room for, key frames four times as large which the next pictures make up for, each cut
// into equal packets. A pacer sends what it gets at once, up to a burst; what is more leaves one after the
// other.
class VideoSource {
 public:
  static constexpr Duration kFrameInterval{33'333};
  // Browsers fill packets to a little less than 1,200 bytes.
  static constexpr std::size_t kMaxPayload = 1180;
  static constexpr std::uint32_t kClockRate = 90'000;
  static constexpr double kKeyFrame = 4;  // times the mean picture
  static constexpr double kPacing = 2.5;  // times the bit rate
  // What may leave at once, in time at the pacer's rate: more than a usual picture. Chromium 156 sends so: in
  // a usual picture packets are 0.01 ms apart, and of large ones some 20 packets leave in 0.2 ms, then pauses
  // follow.
  static constexpr Duration kBurst = 40ms;
  // Without being asked. Requests are granted with the next picture, but no more often than the other one.
  static constexpr Duration kKeyFrameInterval = 10s;
  static constexpr Duration kShortestKeyFrameInterval = 300ms;
  // What the pacer holds at most; an encoder skips pictures then.
  static constexpr std::size_t kMaxWaiting = 512;

  struct Settings {
    std::uint32_t bitrate = 0;  // bits per second of payloads
    std::uint16_t width = 640;
    std::uint16_t height = 360;
  };
  // `slower`: pictures are so many times as far apart, and as large as at the full rate.
  VideoSource(const Settings& settings, Entropy& entropy, Timestamp first_frame, std::uint32_t slower = 1);

  // The next packet that is due by `now`; false when there is none.
  bool Next(Timestamp now, Payload& out);
  Timestamp NextDeadline() const;
  void RequestKeyFrame() { key_frame_wanted_ = true; }
  // Nobody wants it now; what is taken up again begins with a key frame.
  void set_muted(bool muted);
  bool muted() const { return muted_; }
  std::uint32_t frames() const { return frames_; }
  std::uint32_t key_frames() const { return key_frames_; }
  // The timestamp that this stream's clock shows at `at`.
  std::uint32_t TimestampAt(Timestamp at) const;

 private:
  struct Waiting {
    Timestamp due{};
    Payload payload;
  };
  void MakeFrame(Timestamp at);
  std::size_t FrameSize(bool key);

  Settings settings_;
  Duration frame_interval_;
  Duration key_frame_interval_;
  double mean_;  // bytes a picture
  double debt_ = 0;
  std::uint64_t chance_;  // of this stream alone
  std::uint32_t timestamp_offset_;
  std::uint16_t picture_id_;
  std::uint8_t tl0_index_ = 0;
  std::uint32_t frames_ = 0;
  std::uint32_t key_frames_ = 0;
  bool key_frame_wanted_ = true;
  bool muted_ = false;
  Timestamp next_frame_;
  Timestamp last_key_frame_ = Timestamp::min();
  Timestamp paced_until_ = Timestamp::min();  // when at the pacer's rate all would have left that it ever got
  std::deque<Waiting> waiting_;
};

}  // namespace kcs::load
