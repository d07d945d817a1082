#include "engine/media/nack_generator.h"

#include <algorithm>
#include <utility>

namespace kcs::media {

void NackGenerator::OnPacket(std::uint64_t sequence, bool key_frame, Timestamp now) {
  if (!started_) {
    started_ = true;
    highest_ = sequence;
    return;
  }
  if (sequence > highest_) {
    if (sequence > highest_ + 1) AddGap(highest_ + 1, sequence, now);
    highest_ = sequence;
  } else if (missing_ > 0) {
    Find(sequence);
  }
  if (key_frame && options_.needs_key_frames) ForgetBefore(sequence);
  if (fresh_ != 0 && highest_ >= fresh_ + kReorderPackets) deadline_ = std::min(deadline_, now);
}

void NackGenerator::AddGap(std::uint64_t begin, std::uint64_t end, Timestamp now) {
  if (end - begin > kMaxMissing - missing_) {
    ForgetBefore(end);
    if (options_.needs_key_frames) key_frame_wanted_ = true;
    return;
  }
  Compact();
  for (std::uint64_t sequence = begin; sequence < end; ++sequence) {
    list_.push_back(
        {.sequence = sequence, .since = now, .due = now + kReorderWait, .tries = 0, .found = false});
  }
  missing_ += end - begin;
  if (fresh_ == 0) fresh_ = begin;
  deadline_ = std::min(deadline_, now + kReorderWait);
}

void NackGenerator::Find(std::uint64_t sequence) {
  const auto begin = list_.begin() + static_cast<std::ptrdiff_t>(begin_);
  const auto it = std::lower_bound(begin, list_.end(), sequence,
                                   [](const Missing& m, std::uint64_t s) { return m.sequence < s; });
  if (it == list_.end() || it->sequence != sequence || it->found) return;
  if (it->tries > 0) ++recovered_;
  Remove(*it);
}

void NackGenerator::Remove(Missing& entry) {
  entry.found = true;
  --missing_;
  while (begin_ < list_.size() && list_[begin_].found) ++begin_;
  if (missing_ == 0) {
    list_.clear();
    begin_ = 0;
    fresh_ = 0;
    deadline_ = kNever;
  }
}

void NackGenerator::ForgetBefore(std::uint64_t sequence) {
  for (std::size_t i = begin_; i < list_.size() && list_[i].sequence < sequence; ++i) {
    if (!list_[i].found) {
      list_[i].found = true;
      --missing_;
    }
    begin_ = i + 1;
  }
  if (missing_ == 0) {
    list_.clear();
    begin_ = 0;
    fresh_ = 0;
    deadline_ = kNever;
  }
}

// Keeps the list within twice its bound, at a cost spread over the entries.
void NackGenerator::Compact() {
  if (list_.size() < kMaxMissing) return;
  std::erase_if(list_, [](const Missing& m) { return m.found; });
  begin_ = 0;
}

std::size_t NackGenerator::Due(Timestamp now, Duration rtt, std::span<std::uint16_t> out) {
  if (now < deadline_) return 0;
  // A sender does not repeat a packet within one round trip (and its own pacing), so asking sooner is in
  // vain.
  const Duration pause = std::clamp(rtt, Duration{kShortestRtt}, Duration{kLongestRtt}) + kSlack;
  std::size_t count = 0;
  deadline_ = kNever;
  fresh_ = 0;
  for (std::size_t i = begin_; i < list_.size() && missing_ > 0; ++i) {
    Missing& entry = list_[i];
    if (entry.found) continue;
    const bool passed_by = entry.tries == 0 && entry.sequence + kReorderPackets <= highest_;
    if (now < entry.due && !passed_by) {
      if (entry.tries == 0 && fresh_ == 0) fresh_ = entry.sequence;
      deadline_ = std::min(deadline_, entry.due);
      continue;
    }
    if (entry.tries >= kMaxTries || now - entry.since > options_.max_age) {
      ++given_up_;
      if (options_.needs_key_frames) key_frame_wanted_ = true;
      entry.found = true;
      --missing_;
      continue;
    }
    if (count == out.size()) {
      deadline_ = now;
      if (entry.tries == 0 && fresh_ == 0) fresh_ = entry.sequence;
      break;
    }
    out[count++] = static_cast<std::uint16_t>(entry.sequence);
    ++entry.tries;
    entry.due = now + pause;
    deadline_ = std::min(deadline_, entry.due);
  }
  while (begin_ < list_.size() && list_[begin_].found) ++begin_;
  if (missing_ == 0) {
    list_.clear();
    begin_ = 0;
    deadline_ = kNever;
  }
  requested_ += count;
  return count;
}

bool NackGenerator::TakeKeyFrameWanted() { return std::exchange(key_frame_wanted_, false); }

void NackGenerator::Reset() {
  started_ = false;
  key_frame_wanted_ = false;
  list_.clear();
  begin_ = 0;
  missing_ = 0;
  fresh_ = 0;
  deadline_ = kNever;
}

}  // namespace kcs::media
