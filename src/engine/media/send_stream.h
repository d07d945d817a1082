#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/entropy.h"
#include "base/time.h"
#include "engine/media/bitrate_meter.h"
#include "engine/media/clock_map.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/types.h"

namespace kcs::media {

// One outgoing RTP stream of one consumer: its counters, its sender reports, and what the receiver reports of
// it. O(1), no heap, 120 bytes; a packet touches the first 90.
class SendStream {
 public:
  SendStream(wire::Ssrc ssrc, std::uint32_t clock_rate, wire::MediaKind kind);

  // A packet went out. `payload`: bytes without header and padding (RFC 3550 section 6.4.1); `size`: of the
  // packet. Retransmissions on their own SSRC are counted by OnRetransmission() instead.
  void OnPacket(std::uint32_t timestamp, std::size_t payload, std::size_t size, Timestamp now) {
    ++packets_;
    payload_bytes_ += static_cast<std::uint32_t>(payload);
    bytes_ += size;
    timestamp_ = timestamp;
    sent_at_ = now;
    meter_.Add(size, now);
  }
  void OnRetransmission(std::size_t size, Timestamp now) {
    ++retransmitted_;
    bytes_ += size;
    meter_.Add(size, now);
  }

  // When the next sender report is due: about every second with video and every two seconds with audio,
  // randomised by half (RFC 3550 section 6.2), and soon after the first packet; kNever before it.
  Timestamp NextReport() const { return packets_ == 0 ? kNever : next_report_; }
  // What maps the source to this stream.
  struct SourceClock {
    SenderClock sender;              // of the source's last sender report
    std::uint32_t timestamp_offset;  // Rewriter::timestamp_offset()
  };
  // With a source clock and a known map the report says which moment of the *sender's* clock a timestamp
  // belongs to, put onto our clock by the one map of the sender, so sound and picture of a participant stay
  // together. Without them, arrival stands in for it. Sets the time of the next report.
  wire::SenderReport MakeReport(const std::optional<SourceClock>& source, const ClockMap& map, Timestamp now,
                                Entropy& entropy);

  // Whether any packet went out since the last report: a paused stream has nothing to report.
  // ScheduleReport() puts the next one off without making it.
  bool HasNews() const { return static_cast<std::uint32_t>(packets_) != packets_reported_; }
  void ScheduleReport(Timestamp now, Entropy& entropy);

  // A report block about ssrc(). Values that cannot be (an RTT of minutes) are ignored.
  void OnReceiverReport(const wire::ReportBlock& block, Timestamp now);

  wire::Ssrc ssrc() const { return ssrc_; }
  std::uint64_t packets() const { return packets_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t retransmitted() const { return retransmitted_; }
  std::uint32_t BitsPerSecond(Timestamp now) const { return meter_.BitsPerSecond(now); }
  std::optional<Duration> rtt() const {
    return rtt_us_ == 0 ? std::nullopt : std::optional<Duration>{rtt_us_};
  }
  double loss() const { return fraction_lost_ / 256.0; }  // 0...1, as last reported
  double jitter_ms() const { return clock_rate_ == 0 ? 0 : 1000.0 * jitter_ / clock_rate_; }
  std::uint8_t score() const;  // 0...10, from the loss reported

 private:
  wire::Ssrc ssrc_;
  std::uint32_t timestamp_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  Timestamp sent_at_{};
  BitrateMeter meter_;
  std::uint32_t payload_bytes_ = 0;
  std::uint32_t retransmitted_ = 0;
  std::uint32_t clock_rate_;
  std::uint32_t jitter_ = 0;
  std::uint32_t packets_reported_ = 0;
  std::uint32_t rtt_us_ = 0;
  Timestamp next_report_{};
  std::uint8_t fraction_lost_ = 0;
  wire::MediaKind kind_;
};

}  // namespace kcs::media
