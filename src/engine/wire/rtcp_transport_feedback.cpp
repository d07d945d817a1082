#include "engine/wire/rtcp_transport_feedback.h"

#include <algorithm>

#include "base/check.h"
#include "engine/wire/rtcp_header.h"

namespace kcs::wire {
namespace {

constexpr std::size_t kFixedSize = 16;
constexpr std::size_t kChunkSize = 2;
constexpr std::int64_t kTickUs = 250;          // unit of a delta
constexpr std::int64_t kReferenceTicks = 256;  // 64 ms in ticks
constexpr std::uint16_t kMaxRun = 0x1fff;      // 13 bits
constexpr std::uint16_t kOneBitVector = 14;    // symbols in a chunk
constexpr std::uint16_t kTwoBitVector = 7;
constexpr std::size_t kMaxGap = 8000;

// The symbols of the draft, section 3.1.1.
constexpr std::uint8_t kNotReceived = 0;
constexpr std::uint8_t kSmallDelta = 1;  // one byte, 0..63.75 ms
constexpr std::uint8_t kLargeDelta = 2;  // two bytes, signed
constexpr std::uint8_t kReserved = 3;

bool IsVector(std::uint16_t chunk) { return (chunk & 0x8000) != 0; }
bool IsTwoBitVector(std::uint16_t chunk) { return (chunk & 0xc000) == 0xc000; }

std::uint16_t SymbolsIn(std::uint16_t chunk) {
  if (!IsVector(chunk)) return chunk & kMaxRun;
  return IsTwoBitVector(chunk) ? kTwoBitVector : kOneBitVector;
}

//   run length chunk      |0| S |       Run Length        |   S: symbol of all
//   status vector chunk   |1|0|       symbol list         |   14 symbols of one bit: not received, small
//   delta
//                         |1|1|       symbol list         |   7 symbols of two bits
std::uint8_t SymbolAt(std::uint16_t chunk, unsigned index) {
  if (!IsVector(chunk)) return static_cast<std::uint8_t>((chunk >> 13) & 3);
  if (IsTwoBitVector(chunk)) return static_cast<std::uint8_t>((chunk >> (12 - 2 * index)) & 3);
  return static_cast<std::uint8_t>((chunk >> (13 - index)) & 1);
}

std::size_t DeltaSize(std::uint8_t symbol) {
  if (symbol == kSmallDelta) return 1;
  return symbol == kLargeDelta ? 2 : 0;
}

std::int64_t FloorDivide(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

// draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1, behind the common header:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                     SSRC of packet sender                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                      SSRC of media source                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |      base sequence number     |      packet status count      |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |           reference time (signed, 64 ms)      | fb pkt. count |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |   packet chunks (16 bits each), then receive deltas, padding  |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<TransportFeedback> TransportFeedback::Parse(std::uint8_t count, Bytes body) {
  if (count != kFormat || body.size() < kFixedSize + kChunkSize) return std::nullopt;
  TransportFeedback feedback;
  feedback.sender_ssrc = Ssrc(LoadU32(body.data()));
  feedback.media_ssrc = Ssrc(LoadU32(body.data() + 4));
  feedback.base_sequence = LoadU16(body.data() + 8);
  feedback.status_count = LoadU16(body.data() + 10);
  feedback.reference_time = LoadU24(body.data() + 12);
  feedback.feedback_count = body[15];
  if (feedback.status_count == 0) return std::nullopt;

  const Bytes rest = body.subspan(kFixedSize);
  std::size_t chunks_size = 0;
  std::size_t deltas_size = 0;
  for (std::size_t left = feedback.status_count; left > 0; chunks_size += kChunkSize) {
    if (rest.size() < chunks_size + kChunkSize) return std::nullopt;
    const std::uint16_t chunk = LoadU16(rest.data() + chunks_size);
    const std::size_t symbols = std::min<std::size_t>(left, SymbolsIn(chunk));
    if (symbols == 0) return std::nullopt;  // an empty run would let a packet name no statuses at all
    if (!IsVector(chunk)) {
      if (SymbolAt(chunk, 0) == kReserved) return std::nullopt;
      deltas_size += symbols * DeltaSize(SymbolAt(chunk, 0));
    } else {
      for (unsigned i = 0; i < symbols; ++i) {
        // How large the delta of a reserved symbol is, and so where the following ones lie, is not known.
        if (SymbolAt(chunk, i) == kReserved) return std::nullopt;
        deltas_size += DeltaSize(SymbolAt(chunk, i));
      }
    }
    left -= symbols;
  }
  if (rest.size() < chunks_size + deltas_size) return std::nullopt;
  feedback.chunks = rest.first(chunks_size);
  feedback.deltas = rest.subspan(chunks_size, deltas_size);
  return feedback;
}

TransportFeedbackReader::TransportFeedbackReader(const TransportFeedback& feedback)
    : chunks_(feedback.chunks),
      deltas_(feedback.deltas),
      next_sequence_(feedback.base_sequence),
      statuses_left_(feedback.status_count),
      arrival_us_(std::int64_t{feedback.reference_time} * kReferenceTicks * kTickUs) {}

std::uint8_t TransportFeedbackReader::NextSymbol() {
  if (symbols_left_in_chunk_ == 0) {
    chunk_ = chunks_.U16();
    symbols_left_in_chunk_ = SymbolsIn(chunk_);
  }
  const auto index = static_cast<unsigned>(SymbolsIn(chunk_) - symbols_left_in_chunk_);
  --symbols_left_in_chunk_;
  return SymbolAt(chunk_, index);
}

std::optional<TransportFeedbackStatus> TransportFeedbackReader::Next() {
  if (statuses_left_ == 0) return std::nullopt;
  --statuses_left_;
  TransportFeedbackStatus status;
  status.sequence = next_sequence_++;
  const std::uint8_t symbol = NextSymbol();
  if (symbol == kNotReceived) return status;
  const int ticks = symbol == kSmallDelta ? deltas_.U8() : static_cast<std::int16_t>(deltas_.U16());
  status.received = true;
  status.delta_us = static_cast<std::int32_t>(ticks * kTickUs);
  arrival_us_ += status.delta_us;
  status.arrival_us = arrival_us_;
  return status;
}

TransportFeedbackBuilder::TransportFeedbackBuilder(std::uint16_t base_sequence, Timestamp first_arrival,
                                                   std::size_t max_size)
    : base_sequence_(base_sequence), max_size_(std::min(max_size, kMaxSize) / 4 * 4) {
  const std::int64_t reference = FloorDivide(ToMicros(first_arrival), kReferenceTicks * kTickUs);
  reference_time_ = static_cast<std::uint32_t>(reference & 0xffffff);
  last_arrival_ticks_ = reference * kReferenceTicks;
}

bool TransportFeedbackBuilder::Add(std::uint16_t sequence, Timestamp arrival) {
  const auto ahead = static_cast<std::uint16_t>(sequence - next_sequence());
  if (ahead > kMaxGap || status_count_ + ahead + 1 > 0xffff) return false;
  const std::int64_t ticks = FloorDivide(ToMicros(arrival), kTickUs);
  const std::int64_t delta = ticks - last_arrival_ticks_;
  if (delta < INT16_MIN || delta > INT16_MAX) return false;
  const std::uint8_t symbol = delta >= 0 && delta <= 0xff ? kSmallDelta : kLargeDelta;

  // What the lost packets between and this one cost is known only by coding them; undo it if they do not fit.
  const Pending saved = pending_;
  const std::size_t saved_chunks = chunk_count_;
  bool fits = delta_size_ + DeltaSize(symbol) <= deltas_.size();
  fits = fits && PushLost(ahead) && Push(symbol);
  delta_size_ += DeltaSize(symbol);
  if (!fits || size() > max_size_) {
    pending_ = saved;
    chunk_count_ = saved_chunks;
    delta_size_ -= DeltaSize(symbol);
    return false;
  }

  std::uint8_t* delta_out = deltas_.data() + delta_size_ - DeltaSize(symbol);
  if (symbol == kSmallDelta) {
    *delta_out = static_cast<std::uint8_t>(delta);
  } else {
    StoreU16(delta_out, static_cast<std::uint16_t>(delta));
  }
  status_count_ += ahead + 1U;
  ++received_;
  last_arrival_ticks_ = ticks;
  return true;
}

// Can the pending symbols and this one still become one chunk?
bool TransportFeedbackBuilder::Fits(const Pending& pending, std::uint8_t symbol) const {
  if (pending.run < kTwoBitVector) return true;
  if (pending.equal && symbol == pending.first[0] && pending.run < kMaxRun) return true;
  return pending.run < kOneBitVector && !pending.large && symbol != kLargeDelta;
}

bool TransportFeedbackBuilder::Push(std::uint8_t symbol) {
  while (!Fits(pending_, symbol)) {
    if (chunk_count_ == chunks_.size()) return false;
    CloseChunk();
  }
  if (pending_.run < kMaxVector) pending_.first[pending_.run] = symbol;
  pending_.equal = pending_.run == 0 || (pending_.equal && symbol == pending_.first[0]);
  pending_.large = pending_.large || symbol == kLargeDelta;
  ++pending_.run;
  return true;
}

// A jump of the sender's numbers must not cost work in proportion: a long run is prolonged at once.
bool TransportFeedbackBuilder::PushLost(std::uint16_t count) {
  while (count > 0) {
    if (!Push(kNotReceived)) return false;
    --count;
    if (!pending_.equal || pending_.run < kMaxVector) continue;
    const auto more = std::min(count, static_cast<std::uint16_t>(kMaxRun - pending_.run));
    pending_.run = static_cast<std::uint16_t>(pending_.run + more);
    count = static_cast<std::uint16_t>(count - more);
  }
  return true;
}

// Makes a chunk of as many pending symbols as one can hold, and keeps the rest pending.
void TransportFeedbackBuilder::CloseChunk() {
  std::size_t taken = 0;
  chunks_[chunk_count_++] = EncodeChunk(pending_, false, taken);
  const Pending old = pending_;
  pending_ = Pending{};
  // A run is taken whole; only a vector leaves symbols, and those are all in `first`.
  for (std::size_t i = taken; i < old.run; ++i) {
    const std::uint8_t symbol = old.first[i];
    pending_.first[pending_.run] = symbol;
    pending_.equal = pending_.equal && symbol == pending_.first[0];
    pending_.large = pending_.large || symbol == kLargeDelta;
    ++pending_.run;
  }
}

// `last`: what the chunk has room for beyond the pending symbols is cut off by the status count. In the
// middle of a packet a vector must be full.
std::uint16_t TransportFeedbackBuilder::EncodeChunk(const Pending& pending, bool last, std::size_t& taken) {
  if (pending.equal) {
    taken = pending.run;
    return static_cast<std::uint16_t>((pending.first[0] << 13) | pending.run);
  }
  const bool one_bit = !pending.large && (last || pending.run == kOneBitVector);
  taken = std::min(pending.run, one_bit ? kOneBitVector : kTwoBitVector);
  unsigned chunk = one_bit ? 0x8000 : 0xc000;
  for (unsigned i = 0; i < taken; ++i) {
    chunk |= static_cast<unsigned>(pending.first[i]) << (one_bit ? 13 - i : 12 - 2 * i);
  }
  return static_cast<std::uint16_t>(chunk);
}

std::size_t TransportFeedbackBuilder::size() const {
  const std::size_t chunks =
      chunk_count_ + (pending_.run > 0 ? 1 : 0);  // Fits(): pending is at most one chunk
  const std::size_t content = chunks * kChunkSize + delta_size_;
  return kRtcpHeaderSize + kFixedSize + (content + 3) / 4 * 4;
}

void TransportFeedbackBuilder::Write(Ssrc sender_ssrc, Ssrc media_ssrc, std::uint8_t feedback_count,
                                     ByteWriter& out) const {
  KCS_CHECK(received_ > 0);
  const std::size_t start = out.size();
  const std::size_t total = size();
  WriteRtcpHeader(out, RtcpType::kTransportFeedback, TransportFeedback::kFormat, total - kRtcpHeaderSize);
  out.U32(sender_ssrc.value());
  out.U32(media_ssrc.value());
  out.U16(base_sequence_);
  out.U16(static_cast<std::uint16_t>(status_count_));
  out.U24(reference_time_);
  out.U8(feedback_count);
  for (std::size_t i = 0; i < chunk_count_; ++i) out.U16(chunks_[i]);
  std::size_t taken = 0;
  out.U16(EncodeChunk(pending_, true, taken));
  KCS_CHECK(taken == pending_.run);
  out.Write(Bytes(deltas_).first(delta_size_));
  if (out.ok()) out.Zeros(total - (out.size() - start));
}

}  // namespace kcs::wire
