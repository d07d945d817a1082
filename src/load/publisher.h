#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/time.h"
#include "engine/media/rtcp_packer.h"
#include "load/audio_source.h"
#include "load/rtp_batch.h"
#include "load/rtp_sender.h"
#include "load/video_source.h"

namespace kcs::load {

// What one participant sends: a microphone and the encodings of a camera, over one transport.
class Publisher {
 public:
  static constexpr std::size_t kMaxToResend = 1024;  // asked for and not sent yet; further ones are ignored

  // `slower`: everything that is sent without being asked for is so many times as seldom.
  explicit Publisher(Entropy& entropy, std::uint32_t slower = 1) : entropy_(entropy), slower_(slower) {}

  void AddAudio(RtpSender::Settings settings, Timestamp first);
  // Encodings lowest first.
  void AddVideo(RtpSender::Settings settings, const VideoSource::Settings& video, Timestamp first);
  // Encodings above this one are not wanted now; nullopt: none is.
  void SetHighestEncoding(std::optional<std::uint32_t> highest);

  // Appends the packets that are due to `batch`. True when there is more than fits: send it and call again.
  bool Fill(Timestamp now, RtpBatch& batch);
  // Sender reports that are due.
  void AddReports(Timestamp now, std::string_view cname, media::RtcpPacker& packer);
  // What the server says about these streams: NACK, PLI, FIR, reports.
  void OnRtcp(Bytes compound, Timestamp now);
  Timestamp NextDeadline() const;

  bool empty() const { return audio_.empty() && video_.empty(); }
  std::uint64_t audio_packets() const;
  std::uint64_t video_packets() const;  // of all encodings, without retransmissions
  std::uint64_t bytes() const;          // RTP packets, with retransmissions
  std::uint64_t retransmitted() const;
  std::uint64_t key_frame_requests() const { return key_frame_requests_; }
  std::optional<Duration> rtt() const;

 private:
  struct Audio {
    AudioSource source;
    RtpSender sender;
    std::uint32_t reports_due = 0;
  };
  struct Video {
    VideoSource source;
    RtpSender sender;
    std::uint32_t reports_due = 0;
  };
  struct ToResend {
    RtpSender* sender;
    std::uint16_t sequence;
  };
  void OnNack(std::uint8_t count, Bytes body);
  void OnKeyFrameRequest(wire::Ssrc ssrc);

  Entropy& entropy_;
  std::uint32_t slower_;
  std::vector<std::unique_ptr<Audio>> audio_;
  std::vector<std::unique_ptr<Video>> video_;
  std::deque<ToResend> to_resend_;
  std::uint16_t transport_sequence_ = 1;
  std::uint64_t key_frame_requests_ = 0;
};

}  // namespace kcs::load
