#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace kcs {

// HMAC-SHA1 (RFC 2104) with a key whose two padded blocks are hashed once. Computing allocates nothing. Of
// SRTP and of ICE's checks, in whose rooms it would be foreign to the other.
class HmacSha1 {
 public:
  static constexpr std::size_t kSize = 20;
  using Digest = std::array<std::uint8_t, kSize>;

  explicit HmacSha1(Bytes key);
  ~HmacSha1();
  HmacSha1(const HmacSha1&) = delete;
  HmacSha1& operator=(const HmacSha1&) = delete;

  // Over a, b and c one after another; any may be empty.
  Digest Compute(Bytes a, Bytes b = {}, Bytes c = {}) const;
  // With a key that is used once. Allocates nothing either.
  static Digest Of(Bytes key, Bytes text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kcs
