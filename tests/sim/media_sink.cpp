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
    if (const auto mark = SoundMark::Read(payload)) heard_.push_back({now, *mark});
    return;
  }
  Frame& frame =
      frames_.try_emplace(rtp.timestamp(), Frame{.first_seen = now, .first = {}, .last = {}, .packets = {}})
          .first->second;
  frame.packets.insert(extended);
  if (rtp.marker()) frame.last = extended;
  layered_ ? TakeLayered(frame, extended, payload) : TakeVp8(frame, extended, payload);
  Tick(now);
}

void MediaSink::TakeVp8(Frame& frame, std::int64_t sequence, Bytes payload) {
  const auto descriptor = wire::Vp8Descriptor::Parse(payload);
  if (!descriptor) return;
  if (descriptor->start_of_frame()) frame.first = sequence;
  frame.key = frame.key || descriptor->key_frame;
  if (!frame.mark) frame.mark = FrameMark::Read(payload.subspan(descriptor->size));
}

// Which layer frame a picture begins with is left to the server; a key picture begins with the lowest.
void MediaSink::TakeLayered(Frame& frame, std::int64_t sequence, Bytes payload) {
  const auto mark = SvcMark::Read(payload);
  if (!mark) return;
  Frame::LayerFrame& layer_frame = frame.layer_frames.try_emplace(mark->frame).first->second;
  layer_frame.mark = *mark;
  ++layer_frame.packets;
  frame.key = frame.key || mark->key;
  if (mark->packet == 0 && (!mark->key || mark->spatial == 0))
    frame.first = frame.first ? std::min(*frame.first, sequence) : sequence;
  if (!frame.mark || mark->spatial >= frame.mark->encoding)
    frame.mark = FrameMark{.encoding = mark->spatial, .temporal_layer = mark->temporal};
}

bool MediaSink::Decode(Frame& frame) {
  if (!layered_) return true;
  bool highest = false;
  for (const auto& [index, layer_frame] : frame.layer_frames) {
    const auto& mark = layer_frame.mark;
    highest = layer_frame.packets == mark.packets &&
              std::all_of(mark.references.begin(), mark.references.begin() + mark.reference_count,
                          [&](std::uint32_t reference) { return decoded_.contains(reference); });
    if (highest) decoded_.insert(index);
  }
  while (decoded_.size() > kRemembered) decoded_.erase(decoded_.begin());
  return highest;
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
      if (Decode(next->second)) {
        Show(next->second, now);
      } else {
        ++undecodable_;
        key_frame_wanted_ = true;
      }
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
