#pragma once

#include "base/entropy.h"

namespace kcs::io {

// The system's random numbers (getrandom(2)), fit for keys.
class SystemEntropy final : public Entropy {
 public:
  void Fill(std::span<std::uint8_t> out) override;
};

}  // namespace kcs::io
