#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/types.h"
#include "media_source.h"

namespace kcs::sim {

// What one consumer's receiver sees: puts packets in order, asks for what is missing, and shows a video frame
// when all of it is there, once the frame before it was shown (or it is a key frame), at the latest kPatience
// after its first packet. Judges what a user would notice.
class MediaSink {
 public:
  static constexpr Duration kPatience = 400ms;

  // `layered`: its packets have SvcMarks, else it is VP8 or sound.
  MediaSink(wire::MediaKind kind, std::uint32_t ssrc, bool layered = false)
      : kind_(kind), ssrc_(ssrc), layered_(layered) {}

  // A media packet, or the original of a retransmitted one.
  void OnPacket(const wire::RtpPacket& rtp, std::uint16_t sequence, Bytes payload, Timestamp now);
  // Sequence numbers to ask for now; and whether a key frame is needed.
  std::vector<std::uint16_t> Missing(Timestamp now);
  bool TakeKeyFrameWanted();
  void Tick(Timestamp now);

  std::uint32_t ssrc() const { return ssrc_; }
  wire::MediaKind kind() const { return kind_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t frames_shown() const { return shown_; }
  std::uint64_t duplicates() const { return duplicates_; }
  // Of the frame shown last.
  std::optional<FrameMark> shown() const { return mark_; }
  // The highest temporal layer shown since the last call.
  std::uint8_t TakeHighestTemporal() { return std::exchange(highest_temporal_, std::uint8_t{0}); }
  // Of payloads, each packet once.
  std::uint64_t bytes() const { return bytes_; }
  std::optional<Timestamp> last_shown() const { return last_shown_; }
  // The longest time between two frames shown (or packets of sound heard) since the last call.
  Duration TakeLongestGap() { return std::exchange(gap_, {}); }
  std::optional<Timestamp> first_shown() const { return first_shown_; }
  std::optional<Timestamp> last_packet() const { return last_packet_; }
  Duration longest_freeze() const { return longest_freeze_; }
  bool timestamps_went_back() const { return timestamps_went_back_; }
  // Every packet of sound, once each, as it came.
  struct Heard {
    Timestamp at;
    SoundMark mark;
  };
  const std::vector<Heard>& heard() const { return heard_; }
  // Of layered video: complete pictures that lacked something they refer to.
  std::uint64_t undecodable() const { return undecodable_; }

 private:
  struct Frame {
    Timestamp first_seen;
    std::optional<std::int64_t> first;  // extended sequence numbers of its ends
    std::optional<std::int64_t> last;
    std::set<std::int64_t> packets;
    bool key = false;
    std::optional<FrameMark> mark{};
    struct LayerFrame {
      SvcMark mark;
      int packets = 0;
    };
    std::map<std::uint32_t, LayerFrame> layer_frames{};  // of layered video
    bool complete() const {
      return first && last && static_cast<std::int64_t>(packets.size()) == *last - *first + 1;
    }
  };
  struct MissingPacket {
    Timestamp next_request{};
    int requests = 0;
  };
  std::int64_t Unwrap(std::uint16_t sequence);
  void TakeVp8(Frame& frame, std::int64_t sequence, Bytes payload);
  void TakeLayered(Frame& frame, std::int64_t sequence, Bytes payload);
  // Whether the highest layer frame can be decoded; the frames below it are, as far as they can be.
  bool Decode(Frame& frame);
  void NoteShown(Timestamp now);
  void Show(const Frame& frame, Timestamp now);

  wire::MediaKind kind_;
  std::uint32_t ssrc_;
  bool layered_;
  std::uint64_t packets_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t shown_ = 0;
  std::optional<std::int64_t> highest_;
  std::map<std::int64_t, MissingPacket> missing_;
  std::set<std::int64_t> recent_;
  std::map<std::uint32_t, Frame> frames_;    // by timestamp; the simulations do not wrap
  std::optional<std::int64_t> shown_until_;  // last packet of the last frame shown
  std::optional<Timestamp> first_shown_;
  std::optional<Timestamp> last_shown_;
  std::optional<Timestamp> last_packet_;
  std::uint32_t newest_timestamp_ = 0;
  bool timestamps_went_back_ = false;
  Duration longest_freeze_{};
  Duration gap_{};
  std::set<std::uint32_t> decoded_;  // layer frames
  std::uint64_t undecodable_ = 0;
  std::optional<FrameMark> mark_;
  std::uint8_t highest_temporal_ = 0;
  bool key_frame_wanted_ = false;
  std::vector<Heard> heard_;
};

}  // namespace kcs::sim
