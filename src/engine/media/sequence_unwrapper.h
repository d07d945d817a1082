#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

namespace kcs::media {

// The value with the low bits `value` that lies nearest to `reference`.
template <typename T>
constexpr std::int64_t NearestTo(std::int64_t reference, T value) {
  static_assert(std::is_unsigned_v<T>);
  using Signed = std::make_signed_t<T>;
  const auto difference = static_cast<Signed>(static_cast<T>(value - static_cast<T>(reference)));
  return reference + difference;
}

// Turns numbers that wrap (sequence numbers, RTP timestamps, transport-wide numbers) into numbers that do
// not. The first value stands for itself; every other one is taken to lie nearest to the highest one so far,
// so reordering is harmless, also around a wrap. A value older than the first may be negative.
template <typename T>
class SequenceUnwrapper {
 public:
  std::int64_t Unwrap(T value) {
    const std::int64_t unwrapped = Peek(value);
    if (!highest_ || unwrapped > *highest_) highest_ = unwrapped;
    return unwrapped;
  }
  // What Unwrap() would answer, without taking the value into account.
  std::int64_t Peek(T value) const { return highest_ ? NearestTo(*highest_, value) : std::int64_t{value}; }
  std::optional<std::int64_t> highest() const { return highest_; }
  void Reset() { highest_.reset(); }

 private:
  std::optional<std::int64_t> highest_;
};

}  // namespace kcs::media
