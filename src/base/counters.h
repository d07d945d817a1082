#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kcs {

// One counter for each value of an enumeration that ends with kCount.
template <typename Enum>
class EnumCounters {
 public:
  static constexpr std::size_t kSize = static_cast<std::size_t>(Enum::kCount);
  void Add(Enum which, std::uint64_t n = 1) { counts_[static_cast<std::size_t>(which)] += n; }
  std::uint64_t operator[](Enum which) const { return counts_[static_cast<std::size_t>(which)]; }
  std::uint64_t Total() const {
    std::uint64_t total = 0;
    for (const std::uint64_t count : counts_) total += count;
    return total;
  }

 private:
  std::array<std::uint64_t, kSize> counts_{};
};

}  // namespace kcs
