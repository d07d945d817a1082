#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/crypto/srtp_key.h"

namespace kcs::load {

// What is to be tried.
struct Options {
  std::string url = "http://localhost:4501";
  std::uint32_t meetings = 1;
  std::uint32_t participants = 10;          // of each meeting
  std::optional<std::uint32_t> publishers;  // of them, the first ones; without a value: all
  std::uint32_t video_bitrate = 1'500'000;  // bits per second of each camera; 0: no video
  bool audio = true;
  bool simulcast = false;          // three encodings a camera
  Duration warmup = 5s;            // media flows so long before, for the server to learn what links carry
  Duration duration = 30s;         // of what is measured
  double join_rate = 50;           // participants a second
  Duration join_timeout = 30s;     // for each participant
  std::uint32_t slower = 1;        // everything is sent so many times as seldom
  std::uint32_t verify_every = 1;  // each Nth packet of a stream is decrypted
  std::vector<int> pids;           // of the server's workers; empty: as the server says
  std::optional<crypto::SrtpProfile> srtp;  // the only one; without a value: as the server likes best
  bool json = false;

  std::uint32_t publishing() const { return publishers.value_or(participants); }
};

// What contradicts itself or is beyond the bounds, in words for who typed it.
Result<void> Validate(const Options& options);

// "1500000", "1500k", "1.5M", "0": bits per second, up to 1 Gbit/s.
std::optional<std::uint32_t> ParseBitrate(std::string_view text);
// "30", "30s", "5m", "1h": up to a day, more than nothing.
std::optional<Duration> ParseDuration(std::string_view text);

// Makes a token that the server accepts; `admin`: with that role.
using TokenMaker = std::function<Result<std::string>(const std::string& user_id, bool admin)>;

}  // namespace kcs::load
