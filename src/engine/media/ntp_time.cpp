#include "engine/media/ntp_time.h"

#include <algorithm>

namespace kcs::media {
namespace {

constexpr std::uint64_t kDaySeconds = 86'400;

}  // namespace

NtpTime ToNtp(Timestamp t) {
  const auto micros = static_cast<std::uint64_t>(ToMicros(t)) + kDaySeconds * 1'000'000;
  const std::uint64_t seconds = micros / 1'000'000;
  const std::uint64_t fraction = ((micros % 1'000'000) << 32) / 1'000'000;
  return {(seconds << 32) | fraction};
}

Duration SinceEpoch(NtpTime ntp) {
  const std::uint64_t seconds = ntp.value >> 32;
  const std::uint64_t fraction = ntp.value & 0xffff'ffff;
  return Duration{static_cast<std::int64_t>(seconds * 1'000'000 + ((fraction * 1'000'000) >> 32))};
}

Duration FromNtpShort(std::uint32_t value) {
  return Duration{static_cast<std::int64_t>((std::uint64_t{value} * 1'000'000) >> 16)};
}

std::uint32_t ToNtpShort(Duration d) {
  if (d < Duration{}) return 0;
  const std::uint64_t value = (static_cast<std::uint64_t>(d.count()) << 16) / 1'000'000;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xffff'ffff));
}

}  // namespace kcs::media
