#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/wire/types.h"

namespace kcs::sim {

// Extension ids as the simulated senders use them (not the router's).
inline constexpr std::uint8_t kSenderMidId = 4;
inline constexpr std::uint8_t kSenderTransportCcId = 3;
inline constexpr std::uint8_t kSenderAudioLevelId = 1;

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
};

// A camera or a microphone: RTP packets of plausible size and rhythm, which it also sends again when asked.
// Each video frame carries its number, so that a receiver can tell what it shows.
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
  void set_muted(bool muted) { muted_ = muted; }
  std::uint32_t frames() const { return frame_; }
  std::uint32_t key_frames() const { return key_frames_; }

 private:
  std::vector<std::uint8_t> Packet(std::uint32_t timestamp, bool marker, Bytes payload,
                                   std::uint16_t& transport_sequence);
  std::uint32_t TimestampAt(Timestamp now) const;

  SourceOptions options_;
  std::uint16_t sequence_;
  std::uint32_t frame_ = 0;
  std::uint32_t key_frames_ = 0;
  bool key_frame_wanted_ = true;
  bool muted_ = false;
  std::optional<Timestamp> next_frame_;
  std::uint32_t packets_ = 0;
  std::uint16_t rtx_sequence_ = 0;
  std::map<std::uint16_t, std::vector<std::uint8_t>> sent_;  // plaintext, the last thousand
};

}  // namespace kcs::sim
