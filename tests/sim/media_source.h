#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "encoder.h"
#include "engine/wire/types.h"
#include "svc_camera.h"

namespace kcs::sim {

// Extension ids as the simulated senders use them (not the router's).
inline constexpr std::uint8_t kSenderMidId = 4;
inline constexpr std::uint8_t kSenderTransportCcId = 3;
inline constexpr std::uint8_t kSenderAudioLevelId = 1;
inline constexpr std::uint8_t kSenderDescriptorId = 8;

struct SourceOptions {
  wire::MediaKind kind = wire::MediaKind::kVideo;
  std::uint32_t ssrc = 0;
  std::uint32_t rtx_ssrc = 0;
  std::uint8_t payload_type = 96;
  std::uint8_t rtx_payload_type = 97;
  std::uint16_t first_sequence = 1;
  int packets_per_frame = 5;
  int packets_per_key_frame = 12;
  Duration frame_interval = 33ms;
  // Of video, in bits per second: frames vary like an encoder's and leave through a pacer. 0: all frames have
  // the number of packets above, and leave at once.
  std::uint32_t bitrate = 0;
  std::uint8_t temporal_layers = 1;  // 1...3, with a bitrate
  std::uint32_t pacing = 0;          // bits per second that its pacer lets out; 0: 2.5 times the bitrate
  double key_frame = Encoder::kKeyFrame;
  std::uint8_t encoding = 0;  // its place among those of its camera
  std::uint16_t width = 640;
  std::uint16_t height = 480;
  // Of layered video in one stream (then VP9 or AV1): its scalability mode, and the bit rate of each spatial
  // layer, whose sum is `bitrate`.
  wire::CodecType codec = wire::CodecType::kVp8;
  std::string svc{};
  std::vector<std::uint32_t> layers{};
  // How its frames vary, and when the first one comes: what differs from one run to the next.
  std::uint64_t seed = 0;
};

// What a video packet says about itself behind its headers, so that a receiver can tell what it shows.
struct FrameMark {
  std::uint8_t encoding = 0;
  std::uint8_t temporal_layer = 0;
  static std::optional<FrameMark> Read(Bytes bitstream);  // behind the payload descriptor
};

// What a packet of sound says about itself: whose it is (by SSRC), and the how many-th.
struct SoundMark {
  std::uint32_t speaker = 0;
  std::uint32_t number = 0;
  static std::optional<SoundMark> Read(Bytes payload);
};

// One encoding of a camera, or a microphone: RTP packets of plausible size and rhythm, which it also sends
// again when asked.
class MediaSource {
 public:
  explicit MediaSource(const SourceOptions& options);

  const SourceOptions& options() const { return options_; }
  // The packets that are due by `now`.
  std::vector<std::vector<std::uint8_t>> Tick(Timestamp now, std::uint16_t& transport_sequence);
  void RequestKeyFrame() { key_frame_wanted_ = true; }
  std::optional<std::vector<std::uint8_t>> Retransmission(std::uint16_t sequence);
  // A sender report for this moment.
  std::vector<std::uint8_t> SenderReport(Timestamp now) const;
  // What is taken up again begins with a key frame.
  void set_muted(bool muted) {
    key_frame_wanted_ = key_frame_wanted_ || (muted_ && !muted);
    muted_ = muted;
  }
  bool muted() const { return muted_; }
  // Of a microphone (RFC 6464): -dBov, and whether that is a voice.
  void SetLevel(std::uint8_t level, bool voice) {
    level_ = static_cast<std::uint8_t>((voice ? 0x80 : 0) | level);
  }
  std::uint32_t frames() const { return frame_; }
  std::uint32_t key_frames() const { return key_frames_; }

 private:
  struct Paced {
    Timestamp due{};
    std::uint32_t timestamp = 0;
    bool marker = false;
    std::vector<std::uint8_t> payload;
    std::vector<std::uint8_t> descriptor{};  // the dependency descriptor extension
  };
  void MakeFrame(std::uint32_t timestamp, Timestamp now);
  void MakePicture(std::uint32_t timestamp, Timestamp now);
  std::vector<std::uint8_t> Packet(const Paced& paced, std::uint16_t& transport_sequence);
  std::uint32_t TimestampAt(Timestamp now) const;

  SourceOptions options_;
  std::optional<Encoder> encoder_;
  std::optional<SvcCamera> svc_;
  std::uint16_t sequence_;
  std::uint32_t frame_ = 0;
  std::uint32_t key_frames_ = 0;
  bool key_frame_wanted_ = true;
  bool muted_ = false;
  std::uint8_t level_ = 0x80 | 30;
  std::optional<Timestamp> next_frame_;
  std::uint8_t tl0_index_ = 0;
  std::deque<Paced> paced_;
  std::uint32_t packets_ = 0;
  std::uint16_t rtx_sequence_ = 0;
  std::map<std::uint16_t, std::vector<std::uint8_t>> sent_;  // plaintext, the last thousand
};

}  // namespace kcs::sim
