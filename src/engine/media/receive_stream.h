#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "engine/media/activity.h"
#include "engine/media/bitrate_meter.h"
#include "engine/media/clock_map.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/types.h"

namespace kcs::media {

// What became of a received packet.
enum class Arrival : std::uint8_t {
  kNewest,     // in order, perhaps after a gap
  kLate,       // fills a gap: reordered or retransmitted
  kDuplicate,  // drop it (DropReason::kRtpDuplicate)
  kTooOld,     // older than the window of duplicate detection; drop it
  kStray,      // far away from the sequence, and not yet confirmed by its successor; drop it
};
constexpr bool IsUsable(Arrival a) { return a == Arrival::kNewest || a == Arrival::kLate; }

struct ReceivedPacket {
  Arrival arrival = Arrival::kStray;
  // The sequence began anew (RFC 3550 A.1): tell NackGenerator::Reset(), and of each consumer
  // Rewriter::Break().
  bool restarted = false;
  bool new_frame = false;  // another RTP timestamp than the newest packet before it
  std::uint64_t sequence =
      0;  // extended; the first one of a stream is 65536 + its own. Goes on upwards over a restart.
};

// One incoming RTP stream (one SSRC): order, duplicates, restarts, and the numbers of RFC 3550 A.1, A.3 and
// A.8. O(1) per packet, no heap.
class ReceiveStream {
 public:
  // `above`: the extended numbers begin above this one. For a stream that takes another's place (a sender
  // that changed its SSRC): its packets must not have numbers that consumers and the history know already.
  ReceiveStream(wire::Ssrc ssrc, std::uint32_t clock_rate, std::uint64_t above = 0);

  // `size`: of the RTP packet in bytes. `recovered`: it came back by retransmission (the original packet,
  // taken out of its RTX packet): it fills a gap, but counts as lost in what we report (the link did lose
  // it), it does not enter the jitter, and never starts or restarts a sequence.
  ReceivedPacket OnPacket(std::uint16_t sequence, std::uint32_t rtp_timestamp, std::size_t size,
                          Timestamp now, bool recovered = false);

  void OnSenderReport(NtpTime ntp, std::uint32_t rtp, Timestamp now);
  // Of the last sender report; nullopt before the first.
  const std::optional<SenderClock>& sender_clock() const { return sender_clock_; }

  // nullopt before the first packet. Starts a new interval for the fraction lost: call it once per report.
  // Also renews loss() and score().
  std::optional<wire::ReportBlock> MakeReportBlock(Timestamp now);

  wire::Ssrc ssrc() const { return ssrc_; }
  std::uint32_t clock_rate() const { return clock_rate_; }
  bool started() const { return started_; }
  std::uint64_t highest_sequence() const { return highest_; }
  std::uint32_t newest_timestamp() const { return newest_timestamp_; }
  Timestamp last_packet() const { return last_packet_; }
  std::uint64_t packets() const { return packets_; }  // without duplicates and recovered ones
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t recovered() const { return recovered_; }
  std::uint64_t duplicates() const { return duplicates_; }
  std::int64_t lost() const;             // expected - received; recovered ones are lost
  double loss() const { return loss_; }  // fraction of the last report interval, 0...1
  double jitter_ms() const;
  std::uint32_t BitsPerSecond(Timestamp now) const { return meter_.BitsPerSecond(now); }
  // 10: all is well ... 1: nearly everything is lost; 0: nothing arrives. What a retransmission healed counts
  // a quarter. Renewed by MakeReportBlock().
  std::uint8_t score(Timestamp now) const { return activity_.IsAlive(now) ? score_ : std::uint8_t{0}; }
  const Activity& activity() const { return activity_; }

 private:
  static constexpr std::uint32_t kWindow = 1024;  // of duplicate detection, packets
  // RFC 3550 A.1: MAX_DROPOUT 3000, MAX_MISORDER 100 (ours is the window).
  static constexpr std::int64_t kMaxDropout = 3000;

  void Start(std::uint64_t sequence);
  ReceivedPacket OnFar(std::uint16_t sequence, std::uint32_t rtp_timestamp, std::size_t size, bool old,
                       Timestamp now);
  void Advance(std::uint64_t sequence);
  bool TestAndSet(std::uint64_t sequence);
  void Count(std::uint32_t rtp_timestamp, std::size_t size, Timestamp now, ReceivedPacket& result);
  void UpdateJitter(std::uint32_t rtp_timestamp, Timestamp now);

  wire::Ssrc ssrc_;
  std::uint32_t clock_rate_;
  bool started_ = false;
  std::uint8_t score_ = 10;
  bool has_stray_ = false;
  std::uint16_t stray_next_ = 0;  // the successor that would confirm a restart
  std::uint64_t cycles_;          // of the first packet, as a multiple of 2^16
  std::uint64_t first_ = 0;
  std::uint64_t highest_ = 0;
  std::array<std::uint64_t, kWindow / 64> seen_{};

  std::uint32_t newest_timestamp_ = 0;
  Timestamp last_packet_{};
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t recovered_ = 0;
  std::uint64_t duplicates_ = 0;
  std::int64_t lost_before_restart_ = 0;
  std::uint64_t packets_at_start_ = 0;

  bool has_transit_ = false;
  std::uint32_t transit_ = 0;
  std::uint32_t jitter_q4_ = 0;  // in timestamp units * 16

  std::uint64_t expected_prior_ = 0;
  std::uint64_t received_prior_ = 0;
  std::uint64_t recovered_prior_ = 0;
  double loss_ = 0;

  std::optional<SenderClock> sender_clock_;
  Timestamp sender_report_at_{};
  Activity activity_;
  BitrateMeter meter_;
};

}  // namespace kcs::media
