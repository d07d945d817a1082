#include "base/entropy.h"

#include <array>
#include <cstring>
#include <string_view>

namespace kcs {

std::uint32_t Entropy::NextU32() {
  std::uint32_t value = 0;
  std::array<std::uint8_t, sizeof value> bytes{};
  Fill(bytes);
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t Entropy::NextU64() {
  std::uint64_t value = 0;
  std::array<std::uint8_t, sizeof value> bytes{};
  Fill(bytes);
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint32_t Entropy::Below(std::uint32_t bound) {
  return static_cast<std::uint32_t>((std::uint64_t{NextU32()} * bound) >> 32);
}

std::string Entropy::Token(std::size_t length) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string token(length, '\0');
  for (char& c : token) c = kAlphabet[Below(static_cast<std::uint32_t>(kAlphabet.size()))];
  return token;
}

std::string Entropy::Uuid() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::array<std::uint8_t, 16> bytes{};
  Fill(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string uuid;
  uuid.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += kHex[bytes[i] >> 4];
    uuid += kHex[bytes[i] & 0x0f];
  }
  return uuid;
}

void SeededEntropy::Fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    const std::size_t n = std::min(out.size(), sizeof z);
    std::memcpy(out.data(), &z, n);
    out = out.subspan(n);
  }
}

}  // namespace kcs
