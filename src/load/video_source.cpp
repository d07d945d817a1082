#include "load/video_source.h"

#include <algorithm>
#include <utility>

#include "engine/wire/vp8.h"

namespace kcs::load {
namespace {

constexpr double kPaidBack = 0.15;  // of a picture, until a key frame is made up for
constexpr std::size_t kSmallest = 64;

// RFC 7741 4.2, and behind it the frame header of 4.3 (RFC 6386 9.1): its lowest bit is clear in a key frame,
// which goes on with a start code and the size of the picture.
void WritePrefix(const wire::Vp8Descriptor& descriptor, const VideoSource::Settings& settings,
                 Payload& payload) {
  ByteWriter writer(payload.prefix);
  descriptor.Write(writer);
  if (descriptor.key_frame) {
    writer.U24(0x10'0000);
    writer.U24(0x9d'012a);
    for (const std::uint16_t side : {settings.width, settings.height}) {
      writer.U8(static_cast<std::uint8_t>(side & 0xff));
      writer.U8(static_cast<std::uint8_t>(side >> 8));
    }
  } else {
    writer.U8(0x11);
    writer.Zeros(kVp8FrameHeader - 1);
  }
  payload.prefix_size = static_cast<std::uint8_t>(writer.size());
}

}  // namespace

VideoSource::VideoSource(const Settings& settings, Entropy& entropy, Timestamp first_frame,
                         std::uint32_t slower)
    : settings_(settings),
      frame_interval_(slower * kFrameInterval),
      key_frame_interval_(slower * kKeyFrameInterval),
      mean_(settings.bitrate / 8.0 * ToSeconds(kFrameInterval)),
      chance_(entropy.NextU64()),
      timestamp_offset_(entropy.NextU32()),
      picture_id_(static_cast<std::uint16_t>(entropy.NextU32() & 0x7fff)),
      next_frame_(first_frame) {}

std::uint32_t VideoSource::TimestampAt(Timestamp at) const {
  return static_cast<std::uint32_t>(ToMicros(at) * kClockRate / 1'000'000) + timestamp_offset_;
}

void VideoSource::set_muted(bool muted) {
  if (muted_ && !muted) key_frame_wanted_ = true;
  muted_ = muted;
}

Timestamp VideoSource::NextDeadline() const {
  return waiting_.empty() ? next_frame_ : std::min(next_frame_, waiting_.front().due);
}

bool VideoSource::Next(Timestamp now, Payload& out) {
  while (next_frame_ <= now) {
    // A process that was away for long does not make up for it.
    if (now - next_frame_ > 10 * frame_interval_) next_frame_ = now;
    if (!muted_ && waiting_.size() < kMaxWaiting) MakeFrame(next_frame_);
    next_frame_ += frame_interval_;
  }
  if (waiting_.empty() || waiting_.front().due > now) return false;
  out = waiting_.front().payload;
  waiting_.pop_front();
  return true;
}

std::size_t VideoSource::FrameSize(bool key) {
  chance_ = chance_ * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
  double bytes = mean_ * (0.8 + 0.4 * static_cast<double>(chance_ >> 32) / 4294967296.0);
  if (key) {
    bytes = mean_ * kKeyFrame;
    debt_ += bytes - mean_;
  } else {
    const double back = std::min(debt_, kPaidBack * bytes);
    debt_ -= back;
    bytes -= back;
  }
  return std::max(kSmallest, static_cast<std::size_t>(bytes));
}

void VideoSource::MakeFrame(Timestamp at) {
  const Duration since = last_key_frame_ == Timestamp::min() ? key_frame_interval_ : at - last_key_frame_;
  const bool key = since >= key_frame_interval_ || (key_frame_wanted_ && since >= kShortestKeyFrameInterval);
  if (key) {
    key_frame_wanted_ = false;
    last_key_frame_ = at;
    ++key_frames_;
  }
  ++frames_;
  const std::size_t bytes = FrameSize(key);
  const std::size_t count = (bytes + kMaxPayload - 1) / kMaxPayload;
  const std::size_t size = std::max(kSmallest, bytes / count);
  const Duration distance(
      static_cast<std::int64_t>(static_cast<double>(size) * 8e6 / (kPacing * settings_.bitrate)));

  wire::Vp8Descriptor descriptor;
  descriptor.picture_id = picture_id_;
  descriptor.wide_picture_id = true;
  descriptor.tl0_picture_index = ++tl0_index_;
  descriptor.temporal_layer = std::uint8_t{0};
  picture_id_ = static_cast<std::uint16_t>((picture_id_ + 1) & 0x7fff);
  paced_until_ = std::max(paced_until_, at);
  for (std::size_t i = 0; i < count; ++i, paced_until_ += distance) {
    descriptor.start_of_partition = i == 0;
    descriptor.key_frame = i == 0 && key;
    Waiting packet{.due = std::max(at, paced_until_ - kBurst), .payload = {}};
    packet.payload.timestamp = TimestampAt(at);
    packet.payload.size = static_cast<std::uint16_t>(size);
    packet.payload.marker = i + 1 == count;
    WritePrefix(descriptor, settings_, packet.payload);
    waiting_.push_back(packet);
  }
}

}  // namespace kcs::load
