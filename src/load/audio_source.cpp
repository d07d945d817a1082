#include "load/audio_source.h"

namespace kcs::load {
namespace {

// RFC 6716 3.1: CELT, full band, 20 ms, mono, one frame a packet.
constexpr std::uint8_t kOpusFirstByte = 31 << 3;
constexpr std::uint8_t kTalking = 30;  // -dBov
constexpr std::uint8_t kQuiet = 80;

}  // namespace

AudioSource::AudioSource(Entropy& entropy, Timestamp first, std::uint32_t slower)
    : interval_(slower * kInterval),
      next_(first),
      timestamp_offset_(entropy.NextU32()),
      phase_(entropy.Below(static_cast<std::uint32_t>((kTalk + kSilence).count()))) {}

std::uint32_t AudioSource::TimestampAt(Timestamp at) const {
  return static_cast<std::uint32_t>(ToMicros(at) * kClockRate / 1'000'000) + timestamp_offset_;
}

bool AudioSource::Next(Timestamp now, Payload& out) {
  if (next_ > now) return false;
  // A process that was away for long does not make up for it.
  if (now - next_ > 10 * interval_) next_ = now;
  const Duration place = (next_.time_since_epoch() + phase_) % (kTalk + kSilence);
  out = {};
  out.timestamp = TimestampAt(next_);
  out.size = kPayload;
  out.audio_level = place < kTalk ? kTalking : kQuiet;
  out.prefix_size = 1;
  out.prefix[0] = kOpusFirstByte;
  next_ += interval_;
  return true;
}

}  // namespace kcs::load
