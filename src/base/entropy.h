#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace kcs {

// Where random bytes come from. Passed in, so that a simulation is repeatable; a server passes the system's.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void Fill(std::span<std::uint8_t> out) = 0;

  std::uint32_t NextU32();
  std::uint64_t NextU64();
  // Uniform in [0, bound); 0 when bound is 0.
  std::uint32_t Below(std::uint32_t bound);
  // `length` characters of [A-Za-z0-9] (ice-char of RFC 8839 without '+' and '/').
  std::string Token(std::size_t length);
  // A version 4 UUID (RFC 9562).
  std::string Uuid();
};

// A repeatable stream (SplitMix64). For tests and simulations; never for keys.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : state_(seed) {}
  void Fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace kcs
