#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kcs::wire {

// Bytes written as hexadecimal digits; everything else is only for the reader's eye.
inline std::vector<std::uint8_t> Hex(std::string_view text) {
  std::vector<std::uint8_t> out;
  int half = -1;
  for (const char c : text) {
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0) continue;
    if (half < 0) {
      half = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(half * 16 + digit));
      half = -1;
    }
  }
  return out;
}

}  // namespace kcs::wire
