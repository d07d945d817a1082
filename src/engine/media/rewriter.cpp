#include "engine/media/rewriter.h"

#include <algorithm>

#include "engine/media/sequence_unwrapper.h"

namespace kcs::media {
namespace {

// A source's clock that differs from the time that passed by more than this has been set.
constexpr std::uint32_t kMaxDisagreementSeconds = 1;
constexpr std::uint32_t kFirstNumbers = 32'767;
// Of sound: a packet that began within the one before would be thrown away.
constexpr std::uint32_t kPacketsASecond = 50;

bool IsNewer(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }

}  // namespace

Rewriter::Rewriter(std::uint32_t clock_rate, Entropy& entropy)
    : highest_(entropy.Below(kFirstNumbers)), clock_rate_(clock_rate) {
  current_.timestamp_offset = entropy.NextU32();
}

void Rewriter::Break() { break_ = true; }

void Rewriter::Switch(std::uint8_t source, std::optional<std::uint32_t> timestamp_delta) {
  break_ = true;
  next_source_ = source;
  has_delta_ = timestamp_delta.has_value();
  delta_ = timestamp_delta.value_or(0);
}

// Segments that began after `sequence` stay behind, where nothing finds them: the next one begins before
// them.
void Rewriter::TakeBack(std::uint64_t sequence) {
  highest_ = std::min(highest_, sequence);
  break_ = true;
}

void Rewriter::Replace() {
  break_ = true;
  replaced_ = started_;
}

std::optional<Rewriter::Mapped> Rewriter::Map(std::uint8_t source, std::uint64_t source_sequence,
                                              std::uint32_t source_timestamp, Timestamp now) {
  if (source != next_source_) return std::nullopt;
  const bool same_source = started_ && !replaced_ && source == current_.source;
  if (same_source && source_sequence <= source_highest_) {
    return break_ ? std::nullopt : MapLate(source_sequence, source_timestamp, now);
  }
  const bool begins = break_ || source_sequence - source_highest_ > kMaxHole;
  if (begins) {
    Begin(source_sequence, source_timestamp, now);
  } else if (current_.has_drops) {
    drops_->Advance(source_sequence, false);
  }
  source_highest_ = source_sequence;
  return Note(NumberOf(source_sequence), source_timestamp, begins, now);
}

std::optional<Rewriter::Mapped> Rewriter::MapLate(std::uint64_t source_sequence,
                                                  std::uint32_t source_timestamp, Timestamp now) {
  if (source_sequence < current_.source_begin) return std::nullopt;
  std::uint64_t number = NumberOf(source_sequence);
  if (current_.has_drops) {
    const auto dropped_after = drops_->DroppedAfter(source_sequence);
    if (!dropped_after || drops_->IsDropped(source_sequence)) return std::nullopt;
    number += *dropped_after;
  }
  return Note(number, source_timestamp, false, now);
}

Rewriter::Mapped Rewriter::Note(std::uint64_t number, std::uint32_t source_timestamp, bool begins,
                                Timestamp now) {
  // A late packet may still be the newest one sent, when only left-out packets followed it.
  highest_ = std::max(highest_, number);
  const std::uint32_t timestamp = source_timestamp + current_.timestamp_offset;
  if (begins || IsNewer(timestamp, newest_timestamp_)) {
    newest_timestamp_ = timestamp;
    newest_time_ = now;
  }
  return {number, timestamp, current_.number, begins};
}

void Rewriter::Begin(std::uint64_t source_sequence, std::uint32_t source_timestamp, Timestamp now) {
  const std::uint32_t offset = OffsetFor(source_timestamp, now);
  if (replaced_) {
    past_.reset();
  } else if (started_) {
    if (!past_) past_ = std::make_unique<Past>();
    past_->segments[past_->count++ % kOldSegments] = current_;
  }
  current_ = {.source_begin = source_sequence,
              .begin = highest_ + 1,
              .timestamp_offset = offset,
              .number = current_.number + 1,
              .source = next_source_,
              .has_drops = false};
  dropped_ = 0;
  started_ = true;
  break_ = false;
  has_delta_ = false;
  replaced_ = false;
}

std::uint32_t Rewriter::OffsetFor(std::uint32_t source_timestamp, Timestamp now) const {
  if (!started_) return current_.timestamp_offset;
  const std::int64_t passed = std::max<std::int64_t>(0, (now - newest_time_).count());
  const std::uint32_t by_arrival =
      newest_timestamp_ + static_cast<std::uint32_t>(passed * clock_rate_ / 1'000'000);
  if (replaced_) {
    const std::uint32_t after = newest_timestamp_ + clock_rate_ / kPacketsASecond;
    return (IsNewer(by_arrival, after) ? by_arrival : after) - source_timestamp;
  }
  std::uint32_t timestamp = by_arrival;
  if (has_delta_ || next_source_ == current_.source) {
    const std::uint32_t by_clock = source_timestamp + current_.timestamp_offset + (has_delta_ ? delta_ : 0);
    const auto difference = static_cast<std::int32_t>(by_clock - by_arrival);
    const auto limit = static_cast<std::int32_t>(kMaxDisagreementSeconds * clock_rate_);
    if (difference > -limit && difference < limit) timestamp = by_clock;
  }
  // Never two frames with one timestamp: at least a millisecond on.
  if (!IsNewer(timestamp, newest_timestamp_))
    timestamp = newest_timestamp_ + std::max(1U, clock_rate_ / 1000);
  return timestamp - source_timestamp;
}

bool Rewriter::Drop(std::uint8_t source, std::uint64_t source_sequence) {
  if (break_ || source != current_.source) return true;
  if (source_sequence <= source_highest_) return false;
  if (source_sequence - source_highest_ > kMaxHole) return true;  // the next Map() begins a segment
  if (!drops_) drops_ = std::make_unique<DropMap>(source_highest_);
  if (!current_.has_drops) *drops_ = DropMap(source_highest_);
  current_.has_drops = true;
  drops_->Advance(source_sequence, true);
  source_highest_ = source_sequence;
  ++dropped_;
  return true;
}

std::optional<Rewriter::Origin> Rewriter::Source(std::uint16_t sequence) const {
  if (!started_ || replaced_) return std::nullopt;
  const std::int64_t nearest = NearestTo(static_cast<std::int64_t>(highest_), sequence);
  if (nearest < 0 || nearest > static_cast<std::int64_t>(highest_)) return std::nullopt;
  const auto number = static_cast<std::uint64_t>(nearest);

  const Segment* segment = number >= current_.begin ? &current_ : FindPast(number);
  if (segment == nullptr) return std::nullopt;
  std::uint64_t source_sequence = segment->source_begin + (number - segment->begin);
  if (segment->has_drops) {
    if (segment != &current_) return std::nullopt;
    const auto kept = drops_->KeptFromEnd(NumberOf(source_highest_) - number);
    if (!kept) return std::nullopt;
    source_sequence = *kept;
  }
  return Origin{source_sequence, number, segment->timestamp_offset, segment->number, segment->source};
}

const Rewriter::Segment* Rewriter::FindPast(std::uint64_t number) const {
  if (!past_) return nullptr;
  const std::uint32_t kept = std::min(past_->count, kOldSegments);
  for (std::uint32_t i = 1; i <= kept; ++i) {
    const Segment& segment = past_->segments[(past_->count - i) % kOldSegments];
    if (segment.begin <= number) return &segment;
  }
  return nullptr;
}

std::uint64_t Rewriter::NumberOf(std::uint64_t source_sequence) const {
  return current_.begin + (source_sequence - current_.source_begin) - dropped_;
}

}  // namespace kcs::media
