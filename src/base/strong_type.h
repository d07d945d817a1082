#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace kcs {

// An integer that is taken for no other kind of integer: `using Ssrc = StrongType<uint32_t, struct SsrcTag>`.
// Explicit in both directions; compares and hashes like the integer.
template <typename Value, typename Tag>
class StrongType {
 public:
  using ValueType = Value;
  constexpr StrongType() = default;
  constexpr explicit StrongType(Value value) : value_(value) {}
  constexpr Value value() const { return value_; }
  friend constexpr auto operator<=>(const StrongType&, const StrongType&) = default;
  friend std::size_t hash_value(const StrongType& v) { return std::hash<Value>{}(v.value_); }

 private:
  Value value_{};
};

}  // namespace kcs

template <typename Value, typename Tag>
struct std::hash<kcs::StrongType<Value, Tag>> {
  std::size_t operator()(const kcs::StrongType<Value, Tag>& v) const noexcept {
    return std::hash<Value>{}(v.value());
  }
};
