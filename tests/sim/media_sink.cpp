#include "media_sink.h"

#include <algorithm>
#include <utility>

#include "engine/wire/vp8.h"

namespace kcs::sim {
namespace {

// As Chromium's receivers do it: they do not know the round trip, and give up after ten requests.
constexpr Duration kAskAgain = 100ms;
constexpr int kMostRequests = 10;
constexpr std::int64_t kRemembered = 2000;

}  // namespace

std::int64_t MediaSink::Unwrap(std::uint16_t sequence) {
  if (!highest_) return 0x10000 + sequence;
  return *highest_ + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(*highest_));
}

void MediaSink::OnPacket(const wire::RtpPacket& rtp, std::uint16_t sequence, Bytes payload, Timestamp now) {
  const std::int64_t extended = Unwrap(sequence);
  ++packets_;
  last_packet_ = now;
  if (!recent_.insert(extended).second) {
    ++duplicates_;
    return;
  }
  bytes_ += payload.size();
  recent_.erase(recent_.begin(), recent_.lower_bound(extended - kRemembered));
  missing_.erase(extended);
  if (!highest_) highest_ = extended;
  for (std::int64_t s = *highest_ + 1; s < extended; ++s) {
    missing_[s] = {.next_request = now + 5ms};
  }
  if (extended >= *highest_) {
    if (extended > *highest_ && static_cast<std::int32_t>(rtp.timestamp() - newest_timestamp_) < 0 &&
        packets_ > 1) {
      timestamps_went_back_ = true;
    }
    newest_timestamp_ = rtp.timestamp();
    highest_ = extended;
  }
  if (kind_ == wire::MediaKind::kAudio) {
    NoteShown(now);
    return;
  }
  const auto descriptor = wire::Vp8Descriptor::Parse(payload);
  if (!descriptor) return;
  Frame& frame =
      frames_.try_emplace(rtp.timestamp(), Frame{.first_seen = now, .first = {}, .last = {}, .packets = {}})
          .first->second;
  frame.packets.insert(extended);
  if (descriptor->start_of_frame()) frame.first = extended;
  if (rtp.marker()) frame.last = extended;
  frame.key = frame.key || descriptor->key_frame;
  if (!frame.mark) frame.mark = FrameMark::Read(payload.subspan(descriptor->size));
  Tick(now);
}

void MediaSink::NoteShown(Timestamp now) {
  ++shown_;
  if (!first_shown_) first_shown_ = now;
  if (last_shown_) gap_ = std::max(gap_, now - *last_shown_);
  longest_freeze_ = std::max(longest_freeze_, gap_);
  last_shown_ = now;
}

void MediaSink::Show(const Frame& frame, Timestamp now) {
  shown_until_ = *frame.last;
  missing_.erase(missing_.begin(), missing_.upper_bound(*frame.last));  // nobody needs those any more
  mark_ = frame.mark;
  if (mark_) highest_temporal_ = std::max(highest_temporal_, mark_->temporal_layer);
  NoteShown(now);
}

void MediaSink::Tick(Timestamp now) {
  while (!frames_.empty()) {
    auto next = frames_.begin();
    const bool follows = shown_until_ && next->second.first && *next->second.first == *shown_until_ + 1;
    if (next->second.complete() && (follows || next->second.key)) {
      Show(next->second, now);
      frames_.erase(next);
      continue;
    }
    // A later key frame heals at once.
    const auto key = std::find_if(frames_.begin(), frames_.end(),
                                  [](const auto& f) { return f.second.key && f.second.complete(); });
    if (key != frames_.end()) {
      frames_.erase(frames_.begin(), key);
      continue;
    }
    if (now - next->second.first_seen < kPatience) return;
    frames_.erase(next);
    key_frame_wanted_ = true;
  }
}

std::vector<std::uint16_t> MediaSink::Missing(Timestamp now) {
  std::vector<std::uint16_t> due;
  std::erase_if(missing_, [](const auto& m) { return m.second.requests >= kMostRequests; });
  for (auto& [sequence, missing] : missing_) {
    if (missing.next_request > now) continue;
    missing.next_request = now + kAskAgain;
    ++missing.requests;
    due.push_back(static_cast<std::uint16_t>(sequence));
  }
  return due;
}

bool MediaSink::TakeKeyFrameWanted() { return std::exchange(key_frame_wanted_, false); }

}  // namespace kcs::sim
