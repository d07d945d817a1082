#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/wire/types.h"

// Transport-wide congestion control feedback (RTPFB, fmt 15;
// draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1): which packets of a run of transport-wide sequence
// numbers arrived, and when.
namespace kcs::wire {

// A parsed, fully checked feedback packet; the statuses stay in the packet, read them with
// TransportFeedbackReader.
struct TransportFeedback {
  static constexpr std::uint8_t kFormat = 15;
  Ssrc sender_ssrc;
  Ssrc media_ssrc;
  std::uint16_t base_sequence = 0;
  std::uint16_t status_count = 0;    // packets base_sequence .. base_sequence + status_count - 1
  std::uint32_t reference_time = 0;  // 24 bits, in 64 ms; wraps after 12.4 days
  std::uint8_t feedback_count = 0;   // numbers the feedback packets, to see lost ones
  Bytes chunks;
  Bytes deltas;

  static std::optional<TransportFeedback> Parse(std::uint8_t count, Bytes body);
};

// One packet a feedback speaks of.
struct TransportFeedbackStatus {
  std::uint16_t sequence = 0;
  bool received = false;
  // For received packets: since the previous received one (the first: since the reference time), in
  // microseconds, a multiple of 250; and the sum of reference time and deltas up to here, on the clock of the
  // reporter.
  std::int32_t delta_us = 0;
  std::int64_t arrival_us = 0;
  friend bool operator==(const TransportFeedbackStatus&, const TransportFeedbackStatus&) = default;
};

// Walks the statuses of a feedback packet in order. The parsed bytes must still be there.
// A packet of 20 bytes can speak of 65,535 others: check status_count against what was sent before walking.
class TransportFeedbackReader {
 public:
  explicit TransportFeedbackReader(const TransportFeedback& feedback);
  // nullopt after status_count packets.
  std::optional<TransportFeedbackStatus> Next();

 private:
  std::uint8_t NextSymbol();

  ByteReader chunks_;
  ByteReader deltas_;
  std::uint16_t next_sequence_;
  std::uint16_t statuses_left_;
  std::uint16_t chunk_ = 0;
  std::uint16_t symbols_left_in_chunk_ = 0;
  std::int64_t arrival_us_;
};

// Builds one feedback packet of bounded size. Add packets in ascending order of (unwrapped) sequence number;
// those left out are reported as lost. No heap.
class TransportFeedbackBuilder {
 public:
  static constexpr std::size_t kMaxSize = 1200;  // of the whole RTCP packet

  // `base_sequence` is the first packet to report (it need not have arrived); `first_arrival` when the first
  // received one arrived, from which the reference time is made. `max_size` (at most kMaxSize) counts the
  // RTCP header too.
  TransportFeedbackBuilder(std::uint16_t base_sequence, Timestamp first_arrival,
                           std::size_t max_size = kMaxSize);

  // False (and nothing changed) if the packet does not fit any more, lies before the last one added or more
  // than 8,000 behind it, or its time is more than 8 s away from the previous one: finish this feedback,
  // begin another.
  bool Add(std::uint16_t sequence, Timestamp arrival);

  bool empty() const { return received_ == 0; }
  std::size_t status_count() const { return status_count_; }
  // One behind the last packet added: the base_sequence of the next feedback.
  std::uint16_t next_sequence() const { return static_cast<std::uint16_t>(base_sequence_ + status_count_); }
  std::size_t size() const;  // of the RTCP packet, padded

  // Writes the RTCP packet. At least one packet must have been added. Whether it fitted: out.ok().
  void Write(Ssrc sender_ssrc, Ssrc media_ssrc, std::uint8_t feedback_count, ByteWriter& out) const;

 private:
  static constexpr std::size_t kMaxVector = 14;

  struct Pending {                                 // statuses not yet in a chunk
    std::uint16_t run = 0;                         // how many
    std::array<std::uint8_t, kMaxVector> first{};  // the first of them
    bool equal = true;                             // all of them are first[0]
    bool large = false;                            // one of them needs two bits
  };

  bool Push(std::uint8_t symbol);
  bool PushLost(std::uint16_t count);
  bool Fits(const Pending& pending, std::uint8_t symbol) const;
  void CloseChunk();
  static std::uint16_t EncodeChunk(const Pending& pending, bool last, std::size_t& taken);

  std::uint16_t base_sequence_;
  std::uint32_t reference_time_;
  std::int64_t last_arrival_ticks_;  // in 250 us
  std::size_t max_size_;
  std::uint32_t status_count_ = 0;
  std::uint32_t received_ = 0;
  Pending pending_;
  std::size_t chunk_count_ = 0;
  std::size_t delta_size_ = 0;
  std::array<std::uint16_t, kMaxSize / 2> chunks_;
  std::array<std::uint8_t, kMaxSize> deltas_;
};

}  // namespace kcs::wire
