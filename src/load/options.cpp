#include "load/options.h"

#include <charconv>

namespace kcs::load {
namespace {

constexpr std::uint32_t kMostParticipants = 5000;  // of all meetings: sockets and memory of this process
constexpr std::uint32_t kSlowest = 20;             // servers take what sends nothing for seconds for gone

// A positive number and the unit behind it.
std::optional<double> TakeNumber(std::string_view& text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !(number >= 0)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::optional<std::uint32_t> ParseBitrate(std::string_view text) {
  constexpr double kMost = 1e9;
  const auto number = TakeNumber(text);
  if (!number) return std::nullopt;
  double scale = 1;
  if (text == "k" || text == "K") {
    scale = 1e3;
  } else if (text == "M" || text == "m") {
    scale = 1e6;
  } else if (!text.empty()) {
    return std::nullopt;
  }
  if (*number * scale > kMost) return std::nullopt;
  return static_cast<std::uint32_t>(*number * scale);
}

std::optional<Duration> ParseDuration(std::string_view text) {
  constexpr double kMost = 86'400;
  const auto number = TakeNumber(text);
  if (!number) return std::nullopt;
  double scale = 1;
  if (text == "m") {
    scale = 60;
  } else if (text == "h") {
    scale = 3600;
  } else if (!text.empty() && text != "s") {
    return std::nullopt;
  }
  const double seconds = *number * scale;
  if (seconds <= 0 || seconds > kMost) return std::nullopt;
  return Duration(static_cast<std::int64_t>(seconds * 1e6));
}

Result<void> Validate(const Options& options) {
  if (options.meetings == 0 || options.participants == 0)
    return Fail("--meetings and --participants must be at least 1");
  if (std::uint64_t{options.meetings} * options.participants > kMostParticipants)
    return Fail("more than " + std::to_string(kMostParticipants) +
                " participants altogether; start several load tests");
  if (options.publishing() > options.participants)
    return Fail("--publishers is more than --participants: the publishers are among them");
  if (options.publishing() > 0 && options.video_bitrate == 0 && !options.audio)
    return Fail("nothing to send: give --video-bitrate, or leave --audio on");
  if (options.video_bitrate > 0 && options.video_bitrate < 30'000)
    return Fail("--video-bitrate is less than 30k, which is not a picture (0: no video)");
  if (options.simulcast && options.video_bitrate == 0) return Fail("--simulcast needs --video-bitrate");
  if (options.join_rate <= 0 || options.join_rate > 1000)
    return Fail("--join-rate must be more than 0 and at most 1000");
  if (options.slower == 0 || options.slower > kSlowest)
    return Fail("--slower must be from 1 to " + std::to_string(kSlowest));
  // RFC 3711 3.3.1: who sees no packet for 2^15 of them guesses the roll-over counter wrong.
  if (options.verify_every == 0 || options.verify_every > 1000)
    return Fail("--verify-every must be from 1 to 1000");
  return {};
}

}  // namespace kcs::load
