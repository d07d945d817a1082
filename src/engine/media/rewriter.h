#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/entropy.h"
#include "base/time.h"
#include "engine/media/drop_map.h"

namespace kcs::media {

// Makes one unbroken outgoing stream of whatever a consumer is given: one source after the other, with
// pauses, holes and packets left out. A *segment* is a stretch of one source with a constant distance of
// numbers and of timestamps; a new one begins at every switch, pause or restart. Holes of the source stay
// holes, so that the receiver asks for what was lost; packets left out on purpose leave none.
//
// Per packet: O(1), no heap. The object has 96 bytes; the memory of earlier segments (~300 bytes) is taken
// at the first break, the map of left-out packets (128 bytes) at the first Drop().
class Rewriter {
 public:
  // What a packet becomes.
  struct Mapped {
    std::uint64_t sequence = 0;  // extended: ROC << 16 | SEQ of SRTP
    std::uint32_t timestamp = 0;
    std::uint32_t segment = 0;  // counts up with every break; key of the codec rewriters
    bool first_of_segment = false;
  };
  // Where an outgoing packet came from.
  struct Origin {
    std::uint64_t source_sequence = 0;
    std::uint64_t sequence = 0;          // extended outgoing number
    std::uint32_t timestamp_offset = 0;  // outgoing timestamp = source timestamp + this
    std::uint32_t segment = 0;
    std::uint8_t source = 0;
  };

  // The first number is random in [1, 2^15): a receiver that misses the first packets must not guess a wrong
  // roll-over counter (RFC 3711 section 3.3.1). The timestamps begin at random (RFC 3550 section 5.1).
  Rewriter(std::uint32_t clock_rate, Entropy& entropy);

  // The next packet begins a new segment of the same source: after a pause, or when the source restarted. The
  // timestamps go on by the source's clock when that agrees with the time that passed, else by the latter.
  void Break();
  // The next packet comes from `source` (an index of the producer's streams), and packets of any other source
  // are refused from now on. `timestamp_delta`: what to add to its timestamps to get those of the source
  // before (TimestampDelta() of both sender clocks); without it the time that passed decides.
  void Switch(std::uint8_t source, std::optional<std::uint32_t> timestamp_delta);

  // What was mapped to numbers after `sequence` was not sent after all, and its numbers are given anew. The
  // next packet begins a new segment. Nothing later may have been sent.
  void TakeBack(std::uint64_t sequence);
  // The next packet comes from another sender altogether: its numbers and timestamps have nothing to do with
  // those before, of which none is found again. Of sound: the stream goes on by the time that passed.
  void Replace();

  // nullopt: refused, because it is of another source, older than the point of the switch, or a late packet
  // that had been left out.
  std::optional<Mapped> Map(std::uint8_t source, std::uint64_t source_sequence,
                            std::uint32_t source_timestamp, Timestamp now);
  // A packet of the current source that this consumer does not get: its number is closed up. False: it is
  // late, and a hole was left for it, because its successors have gone out already. Whoever has something to
  // fill the hole with may Map() it.
  bool Drop(std::uint8_t source, std::uint64_t source_sequence);

  // For a NACK: nullopt when nothing with that number was sent, or too long ago. Packets before the last
  // break are found if their segment is one of the last eight and left out no packet.
  std::optional<Origin> Source(std::uint16_t sequence) const;

  // The newest number and timestamp sent, for sender reports; only if started().
  bool started() const { return started_; }
  std::uint64_t highest_sequence() const { return highest_; }
  std::uint32_t newest_timestamp() const { return newest_timestamp_; }
  Timestamp newest_time() const { return newest_time_; }
  std::uint32_t timestamp_offset() const { return current_.timestamp_offset; }
  std::uint8_t source() const { return current_.source; }
  std::uint32_t segment() const { return current_.number; }

 private:
  struct Segment {
    std::uint64_t source_begin = 0;
    std::uint64_t begin = 0;  // the first outgoing number
    std::uint32_t timestamp_offset = 0;
    std::uint32_t number = 0;
    std::uint8_t source = 0;
    bool has_drops = false;
  };
  static constexpr std::uint32_t kOldSegments = 8;
  struct Past {
    std::array<Segment, kOldSegments> segments;
    std::uint32_t count = 0;  // ever pushed
  };
  // A larger hole than this is not left to the receiver, whose roll-over counter it would endanger.
  static constexpr std::uint64_t kMaxHole = 8192;

  void Begin(std::uint64_t source_sequence, std::uint32_t source_timestamp, Timestamp now);
  std::uint32_t OffsetFor(std::uint32_t source_timestamp, Timestamp now) const;
  std::optional<Mapped> MapLate(std::uint64_t source_sequence, std::uint32_t source_timestamp, Timestamp now);
  Mapped Note(std::uint64_t number, std::uint32_t source_timestamp, bool begins, Timestamp now);
  const Segment* FindPast(std::uint64_t number) const;
  // Of a packet that all left-out ones of the segment precede.
  std::uint64_t NumberOf(std::uint64_t source_sequence) const;

  bool started_ = false;
  bool break_ = true;
  bool has_delta_ = false;
  bool replaced_ = false;
  std::uint8_t next_source_ = 0;
  std::uint64_t highest_ = 0;  // newest outgoing number
  std::uint64_t source_highest_ = 0;
  Timestamp newest_time_{};
  std::uint32_t newest_timestamp_ = 0;
  std::uint32_t dropped_ = 0;  // in the current segment
  Segment current_;
  std::uint32_t clock_rate_;
  std::uint32_t delta_ = 0;
  std::unique_ptr<Past> past_;
  std::unique_ptr<DropMap> drops_;
};

}  // namespace kcs::media
